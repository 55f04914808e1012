// Adding documents: each file travels on its own and says how far it is; one that breaks off is offered again.
// Without this file the form simply posts them together.
(() => {
  const AT_ONCE = 2
  const form = (inside) => inside.closest?.('form[data-upload]')

  const row = (file) => {
    const item = document.createElement('li')
    item.className = 'file'
    const name = document.createElement('span')
    name.className = 'clip'
    name.textContent = file.name
    const said = document.createElement('small')
    const bar = document.createElement('progress')
    bar.max = 1
    bar.value = 0
    bar.setAttribute('aria-label', file.name)
    item.append(name, said, bar)
    return item
  }

  const say = (item, words, look) => {
    item.className = look ? `file file--${look}` : 'file'
    item.querySelector('small').textContent = words
  }

  const put = (place, data, item) => new Promise((done) => {
    const request = new XMLHttpRequest()
    request.open('POST', place.action)
    request.setRequestHeader('Accept', 'application/json')
    request.upload.addEventListener('progress', (event) => {
      if (!event.lengthComputable) return
      item.querySelector('progress').value = event.loaded / event.total
      say(item, `${Math.round(100 * event.loaded / event.total)} %`)
    })
    request.onload = () => done(request)
    request.onerror = request.ontimeout = request.onabort = () => done(null)
    request.send(data)
  })

  const offer = (place, one, words) => {
    say(one.item, words, 'failed')
    one.item.querySelector('progress').hidden = true
    const again = document.createElement('button')
    again.type = 'button'
    again.className = 'button button--small'
    again.textContent = place.dataset.again
    again.addEventListener('click', () => { again.remove(); start(place, [one]) })
    one.item.append(again)
  }

  // What was chosen with a file goes along with every try of it.
  const attempt = async (place, one) => {
    const data = new FormData()
    for (const [name, value] of one.about) data.append(name, value)
    data.append('documents', one.file)
    const answer = await put(place, data, one.item)
    let said = null
    try { said = answer && JSON.parse(answer.responseText) } catch { /* a proxy's page, or our own */ }
    if (answer?.status === 201) {
      say(one.item, place.dataset.done, 'done')
      one.item.querySelector('progress').remove()
      window.refreshLive?.()
    } else if (answer?.status === 422) {
      say(one.item, said?.error ?? place.dataset.failed, 'failed')
      one.item.querySelector('progress').remove()
    } else offer(place, one, place.dataset.failed)
  }

  const start = async (place, ones) => {
    for (const one of ones) { say(one.item, place.dataset.waiting); one.item.querySelector('progress').hidden = false }
    const waiting = [...ones]
    const follow = async () => { while (waiting.length) await attempt(place, waiting.shift()) }
    await Promise.all(Array.from({ length: AT_ONCE }, follow))
  }

  const take = (place, files) => {
    const list = place.querySelector('.uploads')
    const about = [...new FormData(place)].filter(([name]) => name !== 'documents')
    const ones = [...files].map((file) => ({ file, about, item: row(file) }))
    list.querySelectorAll('.file--done').forEach((done) => done.remove())
    list.hidden = false
    list.append(...ones.map((one) => one.item))
    place.description.value = ''
    place.documents.value = ''
    start(place, ones)
  }

  document.addEventListener('submit', (event) => {
    const place = form(event.target)
    if (!place) return
    event.preventDefault()
    if (place.documents.files.length) take(place, place.documents.files)
  })

  // Before the composer sees it, which takes whatever falls anywhere else.
  const dropping = (event) => {
    const place = form(event.target)
    if (!place || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    event.stopImmediatePropagation()
    place.classList.toggle('upload--over', event.type === 'dragover')
    if (event.type === 'drop' && event.dataTransfer.files.length) take(place, event.dataTransfer.files)
  }
  for (const kind of ['dragover', 'dragleave', 'drop']) document.addEventListener(kind, dropping, true)

  window.addEventListener('beforeunload', (event) => {
    if (document.querySelector('.uploads progress:not([hidden])')) event.preventDefault()
  })
})()
