// Keeps what someone types until it is sent: a reload, a lost connection or a closed lid loses nothing.
(() => {
  const place = (form) => `keep:${form.dataset.keep}`
  const fields = (form) => form.querySelectorAll('textarea, input:not([type=hidden]):not([type=file]):not([type=checkbox]), select')

  const restore = (form) => {
    let kept = null
    try { kept = JSON.parse(localStorage.getItem(place(form)) || 'null') } catch { return }
    if (!kept || form.querySelector('[role=alert]')) return
    for (const field of fields(form)) if (!field.value && kept[field.name]) field.value = kept[field.name]
  }
  const keep = (form) => {
    const words = {}
    for (const field of fields(form)) if (field.name && field.value) words[field.name] = field.value
    try { localStorage.setItem(place(form), JSON.stringify(words)) } catch { /* a full or forbidden store: the page still works */ }
  }
  window.forget = (form) => { try { localStorage.removeItem(place(form)) } catch { /* as above */ } }

  document.addEventListener('DOMContentLoaded', () => document.querySelectorAll('form[data-keep]').forEach(restore))
  document.addEventListener('input', (event) => {
    const form = event.target.closest?.('form[data-keep]')
    if (form) keep(form)
  })
  // A plain form that arrives is answered by another page; only then is what it held done with.
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('form[data-keep]')
    if (form && form.id !== 'write') sessionStorage.setItem('sent', place(form))
  })
  document.addEventListener('DOMContentLoaded', () => {
    const sent = sessionStorage.getItem('sent')
    sessionStorage.removeItem('sent')
    if (sent && !document.querySelector('[role=alert]')) localStorage.removeItem(sent)
  })
})()
