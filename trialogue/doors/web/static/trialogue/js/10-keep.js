// Keeps what someone types until it is sent: a reload, a lost connection or a closed lid loses nothing.
(() => {
  const place = (form) => `keep:${form.dataset.keep}`
  const fields = (form) => form.querySelectorAll('textarea, input:not([type=hidden]):not([type=file]):not([type=checkbox]), select')

  // Lines of a list share their fields' names: each is kept by its place among them.
  const named = (form) => {
    const met = {}
    return [...fields(form)].map((field) => {
      if (field.type === 'radio') return [field, field.name]
      const before = met[field.name] ?? 0
      met[field.name] = before + 1
      return [field, before ? `${field.name} ${before}` : field.name]
    })
  }

  const restore = (form) => {
    let kept = null
    try { kept = JSON.parse(localStorage.getItem(place(form)) || 'null') } catch { return }
    if (!kept || form.matches('[data-filled]') || form.querySelector('[role=alert]')) return
    for (const [field, name] of named(form)) {
      // Whom words are for is kept with them: a private note must not come back as a message.
      if (field.type === 'radio') { if (kept[name] === field.value) field.checked = true }
      else if (untouched(field) && kept[name]) field.value = kept[name]
    }
  }
  // As the server sent it: what it has filled in itself, after a refusal, stays.
  const untouched = (field) => field.matches('select')
    ? ![...field.options].some((option, index) => option.defaultSelected ? !option.selected : option.selected && index)
    : field.value === field.defaultValue
  const keep = (form) => {
    const words = {}
    for (const [field, name] of named(form)) if (field.name && field.value && (field.type !== 'radio' || field.checked)) words[name] = field.value
    try { localStorage.setItem(place(form), JSON.stringify(words)) } catch { /* a full or forbidden store: the page still works */ }
  }
  window.forget = (form) => { try { localStorage.removeItem(place(form)) } catch { /* as above */ } }

  document.addEventListener('input', (event) => {
    const form = event.target.closest?.('form[data-keep]')
    if (form) keep(form)
  })
  // A plain form that arrives is answered by a page without that form, or by being led on to one; only then is what it held done
  // with: not by a page that says what is wrong, nor by one to sign in.
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('form[data-keep]')
    if (form && form.id !== 'write') sessionStorage.setItem('sent', place(form))
  })
  document.addEventListener('DOMContentLoaded', () => {
    const sent = sessionStorage.getItem('sent')
    sessionStorage.removeItem('sent')
    const forms = [...document.querySelectorAll('form[data-keep]')]
    const came = performance.getEntriesByType('navigation')[0]
    const well = (came?.responseStatus ?? 200) < 400 && !location.pathname.startsWith('/accounts/') && !document.querySelector('[role=alert]')
    if (sent && well && (came?.redirectCount || !forms.some((form) => place(form) === sent))) localStorage.removeItem(sent)
    forms.forEach(restore)
  })
})()
