// Pictures of an article: pasted or dropped into its words, chosen from a disk, taken away; its words stay as they are typed.
// Without this file the buttons post the form, and it comes back with its words.
(() => {
  const panel = () => document.getElementById('pictures')
  const words = () => document.getElementById('body')
  const isOurs = (inside) => panel() && (panel().contains(inside) || inside.form === words().form)

  const insert = (line) => {
    const field = words()
    // A paragraph of its own, after the line that is being written.
    const end = field.selectionEnd && !field.value.slice(0, field.selectionEnd).endsWith('\n') ? field.value.indexOf('\n', field.selectionEnd) : field.selectionEnd
    const at = end < 0 ? field.value.length : end
    const before = field.value.slice(0, at)
    const gap = !before || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n'
    field.setRangeText(`${gap}${line}${field.value.startsWith('\n\n', at) ? '' : '\n\n'}`, at, at)
    field.setSelectionRange(at + gap.length + 2, at + gap.length + 2)  // between the brackets: what it shows is still to be said
    field.focus()
  }

  const show = (html) => {
    const list = document.createRange().createContextualFragment(html).querySelector('#pictures')
    if (list) panel().replaceWith(list)
    ready()
    return list
  }
  const complain = (said) => { panel().querySelector('[role=status]').textContent = said }

  const post = async (data) => {
    data.append('csrfmiddlewaretoken', words().form.csrfmiddlewaretoken.value)
    panel().setAttribute('aria-busy', 'true')
    try {
      const answer = await fetch(location.pathname, { method: 'POST', body: data, headers: { 'HX-Request': 'true' } })
      const list = [200, 422].includes(answer.status) ? show(await answer.text()) : null
      if (!list) complain(panel().dataset.failed)
      return list
    } catch { complain(panel().dataset.failed) } finally { panel().removeAttribute('aria-busy') }
  }

  const send = async (file, into) => {
    if (file.size > panel().dataset.most) return complain(panel().dataset.large.replace('%', file.name))
    const data = new FormData()
    data.append('do', 'picture')
    data.append('file', file)
    const line = (await post(data))?.querySelector('[data-added]')?.dataset.insert
    if (line && into) insert(line)
    return line
  }
  // One after the other, up to the first that is refused: so what is said of it stays to be read.
  let turn = Promise.resolve()
  const take = (files, into) => {
    turn = turn.then(async () => { for (const file of files) if (!await send(file, into)) break })
  }
  // What a browser calls every picture that comes from the clipboard would be one name for all of them.
  const called = (file) => file.name !== 'image.png' ? file
    : new File([file], `picture-${new Date().toISOString().slice(0, 19).replace(/\D/g, '')}.png`, { type: file.type })

  document.addEventListener('paste', (event) => {
    if (!panel() || event.target !== words() || !event.clipboardData?.files.length) return
    event.preventDefault()
    take([...event.clipboardData.files].map(called), true)
  })
  for (const kind of ['dragover', 'drop']) document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes('Files') || !isOurs(event.target)) return
    event.preventDefault()
    if (kind === 'drop') take([...event.dataTransfer.files], event.target === words())
  })
  document.addEventListener('change', (event) => {
    if (event.target.id === 'file' && panel()?.contains(event.target)) take([...event.target.files])
  })
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('#pictures button')
    if (!button) return
    if (button.dataset.insert) return insert(button.dataset.insert)
    if (!button.value.startsWith('remove ')) return
    event.preventDefault()
    const data = new FormData()
    data.append('do', button.value)
    post(data)
  })

  const ready = () => {
    for (const button of panel()?.querySelectorAll('[data-insert]') ?? []) button.hidden = false
    const add = panel()?.querySelector('[value=picture]')
    if (add) add.hidden = true
  }
  document.addEventListener('DOMContentLoaded', ready)
})()
