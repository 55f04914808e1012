// In a conversation: who is writing, a quotation that leads to what it quotes, an answer that quotes no longer.
(() => {
  const place = () => document.getElementById('writing')
  const PING = 4000, SOON = 4000, LATER = 20000, LIVELY = 120000
  let pinged = 0, moved = Date.now()

  const token = () => document.querySelector('form.composer [name=csrfmiddlewaretoken]')?.value
  // Only words for both sides: that a private note is being written is private as well.
  const forBoth = () => document.querySelector('form.composer [name=to]:checked')?.value === 'all'
  const ping = () => {
    if (!place()?.dataset.address || !forBoth() || Date.now() - pinged < PING) return
    pinged = Date.now()
    fetch(place().dataset.address, { method: 'POST', headers: { 'X-CSRFToken': token() } }).catch(() => {})
  }
  const look = async () => {
    if (document.visibilityState === 'visible') {
      try {
        const answer = await fetch(place().dataset.address, { headers: { 'X-Requested-With': 'live' } })
        if (answer.ok) show((await answer.text()).trim())
      } catch { /* asks again below */ }
    }
    setTimeout(look, Date.now() - moved < LIVELY ? SOON : LATER)
  }
  const show = (html) => {
    const words = new DOMParser().parseFromString(html, 'text/html').body.textContent
    if (words) moved = Date.now()
    if (place().textContent !== words) place().textContent = words
  }

  document.addEventListener('DOMContentLoaded', () => {
    if (!place()?.dataset.address) return
    setTimeout(look, SOON)
    new MutationObserver(() => show('')).observe(document.getElementById('thread') ?? document.getElementById('live'), { childList: true, subtree: true })
  })
  document.addEventListener('input', (event) => {
    moved = Date.now()
    if (event.target.id === 'body' && event.target.value.trim()) ping()
  })
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('.quote a, .pin a')
    const there = link && document.getElementById(link.hash.slice(1))
    if (!there) return
    event.preventDefault()
    location.hash = link.hash
    there.scrollIntoView({ block: 'center' })
  })
  // The mode of the composer is kept with its words.
  document.addEventListener('change', (event) => {
    if (event.target.matches('#write [name=to]')) event.target.form.body.dispatchEvent(new Event('input', { bubbles: true }))
  })
})()
