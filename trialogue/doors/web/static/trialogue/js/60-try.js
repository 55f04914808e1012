// “Try it”: sends the call of the form with the reader's session, and shows what came back.
document.addEventListener('DOMContentLoaded', () => {
  const form = document.getElementById('try')
  if (!form) return
  document.getElementById('call').addEventListener('change', (event) => event.target.form.submit())
  const status = document.getElementById('try-status'), answer = document.getElementById('try-answer')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    let path = form.dataset.path
    for (const field of form.querySelectorAll('[data-parameter]')) path = path.replace(`{${field.dataset.parameter}}`, encodeURIComponent(field.value.trim()))
    const query = document.getElementById('query')?.value.trim().replace(/^\?/, '')
    const body = document.getElementById('try-body')?.value
    const headers = { 'X-CSRFToken': form.querySelector('[name=csrfmiddlewaretoken]').value, ...(body ? { 'Content-Type': 'application/json' } : {}) }
    try {
      const came = await fetch(query ? `${path}?${query}` : path, { method: form.dataset.method, headers, body: body || undefined })
      const text = await came.text()
      let shown = text
      try { shown = JSON.stringify(JSON.parse(text), null, 2) } catch { /* no JSON: as it came */ }
      status.textContent = `${came.status} ${came.statusText}`
      answer.hidden = !shown
      answer.firstChild.textContent = shown
    } catch { status.textContent = form.dataset.lost }
  })
})
