// While one writes in a case: what looks like a question to the operator is offered to it. Sending never waits for this.
(() => {
  const place = () => document.getElementById('elsewhere')
  const PAUSE = 1200, LEAST = 20
  let timer = null, asked = '', dismissed = false

  const hide = () => place()?.replaceChildren()
  // A private note stays in the house, so it is not asked about.
  const words = () => document.querySelector('#write [name=to]:checked')?.value === 'all' ? document.getElementById('body').value.trim() : ''
  const look = async () => {
    const text = words()
    if (text === asked) return
    asked = text
    if (text.length < LEAST) return hide()
    const told = new URLSearchParams({ text, csrfmiddlewaretoken: document.querySelector('#write [name=csrfmiddlewaretoken]').value })
    try {
      const answer = await fetch(place().dataset.address, { method: 'POST', body: told })
      if (words() !== text || dismissed) return
      if (answer.status === 200) place().innerHTML = await answer.text()
      else hide()
    } catch { /* no connection: nothing is offered */ }
  }

  document.addEventListener('input', (event) => {
    if (event.target.id !== 'body' || dismissed || !place()) return
    clearTimeout(timer)
    timer = setTimeout(look, PAUSE)
  })
  document.addEventListener('submit', (event) => { if (event.target.id === 'write') { clearTimeout(timer); asked = ''; hide() } })
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('#elsewhere [data-dismiss]')) return
    event.preventDefault()
    dismissed = true
    hide()
    document.getElementById('body').focus()
  })
})()
