// Naming someone: after an “@”, the people who may be meant, those of the own organisation alone in a private note.
// Without this file one types the name; it is heard all the same.
(() => {
  const MOST = 6
  let box = null, list = null, shown = [], at = 0

  const own = (field) => field.id === 'note-body' || field.form.querySelector('[name=to]:checked')?.value === 'own'
  // What is typed of a name, up to the caret: “@cl”, “@Clara H”.
  const typed = (field) => field.selectionStart === field.selectionEnd
    ? field.value.slice(0, field.selectionStart).match(/(?:^|[\s(])@(\p{L}[\p{L}\p{M}'’.-]*(?: [\p{L}\p{M}'’.-]+)?|)$/u)?.[1].toLocaleLowerCase() : undefined
  const meant = (field, words) => [...document.querySelectorAll('.person[data-name]')]
    .filter((one) => (!own(field) || one.dataset.own) && ` ${one.dataset.name.toLocaleLowerCase()}`.includes(` ${words}`)).slice(0, MOST)

  const close = () => {
    list?.remove()
    box?.removeAttribute('aria-activedescendant')
    box?.removeAttribute('aria-controls')
    box = list = null
  }
  const mark = (to) => {
    at = (to + shown.length) % shown.length
    for (const [number, option] of [...list.children].entries()) option.setAttribute('aria-selected', number === at)
    box.setAttribute('aria-activedescendant', list.children[at].id)
  }
  const open = (field) => {
    close()
    const words = typed(field)
    shown = words === undefined ? [] : meant(field, words)
    // A name that stands there in full wants no more.
    if (!shown.length || shown.length === 1 && shown[0].dataset.name.toLocaleLowerCase() === words) return
    box = field
    list = document.createElement('ul')
    list.id = 'mentions'
    list.className = 'mentions'
    list.setAttribute('role', 'listbox')
    list.setAttribute('aria-labelledby', 'f-people')
    list.append(...shown.map((one, number) => {
      const option = document.createElement('li')
      option.id = `mention-${number}`
      option.setAttribute('role', 'option')
      const of = document.createElement('small')
      of.textContent = one.dataset.of
      option.append(`${one.dataset.name} `, of)
      // Before the field loses the focus, and with it the place where the name goes.
      option.addEventListener('mousedown', (event) => { event.preventDefault(); take(number) })
      return option
    }))
    field.before(list)
    field.setAttribute('aria-controls', list.id)
    mark(0)
  }
  const take = (number) => {
    const field = box, end = field.selectionStart
    const start = field.value.lastIndexOf('@', end - 1)
    field.setRangeText(`@${shown[number].dataset.name} `, start, end, 'end')
    field.dispatchEvent(new Event('input', { bubbles: true }))  // keeps it
  }
  const ways = {
    ArrowDown: () => mark(at + 1), ArrowUp: () => mark(at - 1), Enter: () => take(at), Tab: () => take(at), Escape: close,
  }

  document.addEventListener('input', (event) => { if (event.target.matches?.('#body, #note-body')) open(event.target) })
  document.addEventListener('keydown', (event) => {
    if (!list || event.target !== box || event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return
    if (!Object.hasOwn(ways, event.key)) return
    event.preventDefault()
    ways[event.key]()
  })
  document.addEventListener('focusout', (event) => { if (event.target === box) close() })
  document.addEventListener('submit', close)
})()
