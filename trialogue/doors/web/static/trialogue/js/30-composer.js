// The composer: sends without leaving the page, honest about how that went. Without this file the form simply posts.
(() => {
  const words = () => document.body.dataset
  const form = () => document.getElementById('write')
  let files = []

  const showFiles = () => {
    const list = document.getElementById('files')
    list.hidden = files.length === 0
    list.replaceChildren(...files.map((file, index) => {
      const item = document.createElement('li')
      item.className = 'file'
      item.append(`${file.name} · ${Math.ceil(file.size / 1024)} KB `)
      const away = document.createElement('button')
      away.type = 'button'
      away.className = 'button button--quiet button--small'
      away.textContent = words().remove
      away.setAttribute('aria-label', `${words().remove}: ${file.name}`)
      away.addEventListener('click', () => { files.splice(index, 1); showFiles() })
      item.append(away)
      return item
    }))
  }
  // A composer that is a plain form, as on the desk: what was chosen goes along when it is sent.
  const name = (input) => {
    const list = input.form.querySelector('.composer__files')
    list.querySelectorAll('.file').forEach((file) => file.remove())
    for (const file of input.files) {
      const item = document.createElement('li')
      item.className = 'file'
      item.textContent = `${file.name} · ${Math.ceil(file.size / 1024)} KB`
      list.append(item)
    }
  }
  const take = (more) => { files = [...files, ...more]; showFiles() }

  const isPrivate = (data) => data.get('to') === 'own'

  const echo = (text, own) => {
    const last = document.querySelector('#thread .talk__day:last-of-type') ?? document.getElementById('thread')
    const article = document.createElement('article')
    article.className = `message message--own message--sending${own ? ' message--private' : ''}`
    const inside = document.createElement('div')
    inside.className = 'message__body'
    const prose = document.createElement('div')
    prose.className = 'prose'
    for (const line of text.split(/\n\n+/)) { const p = document.createElement('p'); p.textContent = line; prose.append(p) }
    inside.append(prose)
    const foot = document.createElement('footer')
    foot.className = 'message__foot'
    foot.innerHTML = '<span role="status"></span>'
    foot.firstChild.textContent = words().sending
    article.append(inside, foot)
    last.append(article)
    window.toTheEnd(article)
    return article
  }

  const failed = (article, said, retry) => {
    article.classList.replace('message--sending', 'message--unsent')
    const again = document.createElement('button')
    again.type = 'button'
    again.className = 'button button--small'
    again.textContent = words().again
    again.addEventListener('click', () => { article.remove(); retry() })
    article.querySelector('.message__foot span').textContent = said
    article.querySelector('.message__foot').append(again)
  }

  const put = (data, article) => new Promise((done) => {
    const request = new XMLHttpRequest()
    request.open('POST', form().action)
    request.setRequestHeader('Accept', 'application/json')
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable && event.total > 300000) article.querySelector('.message__foot span').textContent = `${words().sending} ${Math.round(100 * event.loaded / event.total)} %`
    })
    request.timeout = 300000  // the next message waits for this one
    request.onload = () => done(request)
    request.onerror = request.ontimeout = () => done(null)
    request.send(data)
  })

  // The same key goes along with every try, so that a message is never posted twice.
  const attempt = async (data, text, chosen, article) => {
    const answer = await put(data, article)
    let said = null
    try { said = answer && JSON.parse(answer.responseText) } catch { /* no JSON: a proxy's or our own error page */ }
    if (answer?.status === 201) {
      if (said.note) article.dataset.note = said.note
      else article.dataset.number = said.number
      if (!form().body.value && !document.querySelector('.message--sending:not([data-number], [data-note]), .message--unsent')) window.forget(form())
      window.refreshLive()
    } else if (answer && answer.status < 500) {
      article.remove()
      complain(said?.error ?? words().refused)
      giveBack(data, text, chosen)
    } else {
      failed(article, words().unsent, () => enqueue(data, text, chosen))
    }
  }

  // One after the other: what was written first is said first.
  let turn = Promise.resolve()
  const enqueue = (data, text, chosen) => {
    const article = echo(text || chosen.map((file) => file.name).join(', '), isPrivate(data))
    turn = turn.then(() => attempt(data, text, chosen, article)).catch(() => {})
  }

  // What was refused stands where it was typed, before what has been typed since.
  const giveBack = (data, text, chosen) => {
    form().body.value = [text, form().body.value].filter(Boolean).join('\n\n')
    form().body.dispatchEvent(new Event('input', { bubbles: true }))  // keeps it
    needsNone(data.has('no_answer_needed'))
    about((name) => data.get(name))
    // Only ever this way: words meant for one's own organisation stay so, whatever was chosen since.
    if (isPrivate(data)) form().querySelector('[name=to][value=own]').checked = true
    if (data.quoted) form().querySelector('.composer__box').prepend(data.quoted)
    files = [...chosen, ...files]
    showFiles()
    freshKey()
  }

  const complain = (said) => {
    form().querySelector('.notice')?.remove()
    const notice = document.createElement('p')
    notice.className = 'notice notice--bad'
    notice.setAttribute('role', 'alert')
    notice.textContent = said
    form().prepend(notice)
  }
  const freshKey = () => { form().key.value = `web_${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2) + Date.now()}` }

  // The operator, who is owed no answer in a case, has no such box.
  const needsNone = (so) => { const box = form().no_answer_needed; if (box) box.checked = so }

  // What the documents are said to be.
  const about = (value) => { for (const name of ['document_kind', 'document_description']) if (form()[name]) form()[name].value = value(name) }

  const send = (event) => {
    if (event.target !== form()) return
    event.preventDefault()
    const text = form().body.value.trim()
    if (!text && !files.length) { form().body.focus(); return }
    form().querySelector('.notice')?.remove()
    const data = new FormData(form())
    data.delete('documents')
    for (const file of files) data.append('documents', file)
    const chosen = files
    form().body.value = ''
    needsNone(false)
    about(() => '')
    data.quoted = document.getElementById('quoted')
    data.quoted?.remove()
    files = []
    showFiles()
    freshKey()
    enqueue(data, text, chosen)
  }

  document.addEventListener('submit', send)
  document.addEventListener('keydown', (event) => {
    if (event.target.matches('.composer__text, .sends') && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit(event.target.form.querySelector('.button--main'))
  })
  document.addEventListener('change', (event) => {
    if (event.target.matches('#write input[type=file]')) { take([...event.target.files]); event.target.value = '' }
    else if (event.target.matches('.composer__attach input')) name(event.target)
  })
  document.addEventListener('paste', (event) => {
    if (form() && event.target === form().body && event.clipboardData?.files.length) { event.preventDefault(); take([...event.clipboardData.files]) }
  })
  document.addEventListener('dragover', (event) => { if (form() && event.dataTransfer?.types.includes('Files')) event.preventDefault() })
  document.addEventListener('drop', (event) => {
    if (form() && event.dataTransfer?.files.length) { event.preventDefault(); take([...event.dataTransfer.files]) }
  })
  window.addEventListener('beforeunload', (event) => { if (document.querySelector('.message--sending, .message--unsent')) event.preventDefault() })
})()
