// allauth tells of a passkey that failed; the page says so in words.
document.addEventListener('allauth.error', event => {
  const words = document.getElementById('passkey-trouble')
  if (!words) return
  event.preventDefault()
  words.hidden = true
  requestAnimationFrame(() => { words.hidden = false })
})
