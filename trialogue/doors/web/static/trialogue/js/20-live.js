// Live pages. The stream says that something moved; the page asks for the parts that show it, rendered by the same
// templates as the page itself. Twice is harmless; after a silence the page asks once for all it missed.
(() => {
  const body = () => document.body.dataset
  let asking = false, again = false, source = null, failures = 0, position = null

  // Which control this is, to find it again in what is drawn anew.
  const nameOf = (control) => [control.closest('[id]').id, control.tagName, control.getAttribute('href')].join(' ')

  // What somebody is typing, or has typed and not sent.
  const inHand = (old) => [...old.querySelectorAll('textarea, select, input:not([type=hidden], [type=checkbox], [type=radio])')]
    .some((field) => field === document.activeElement || !field.matches('select') && field.value !== field.defaultValue)

  const part = (fresh) => {
    const old = document.getElementById(fresh.dataset.part)
    if (!old || old.innerHTML.trim() === fresh.innerHTML.trim()) return
    const focused = old.contains(document.activeElement) && document.activeElement !== old ? document.activeElement : null
    if (focused?.closest('details.menu') || inHand(old)) return  // not under the finger
    const name = focused && nameOf(focused)
    const opened = [...old.querySelectorAll('details[open][id]')]
    old.innerHTML = fresh.innerHTML
    for (const before of opened) {
      const now = document.getElementById(before.id)
      if (!now) continue
      now.open = true
      now.querySelector('.clock__why')?.replaceWith(before.querySelector('.clock__why'))  // read already; it never changes
    }
    window.htmx?.process(old)
    if (focused) [...old.querySelectorAll('a, summary, button')].find((control) => nameOf(control) === name)?.focus({ preventScroll: true })
  }

  // What is written stands at the end, wherever one reads; what arrives leaves one there, and says that it has.
  const talk = () => document.querySelector('.talk')
  const away = () => talk()?.scrollTop < -80  // laid out from its end: upwards is below zero
  window.toTheEnd = (item) => { talk().scrollTop = 0; item?.scrollIntoView({ block: 'nearest' }); document.getElementById('newer')?.remove() }
  const tellNewer = () => {
    if (document.getElementById('newer')) return
    const button = document.createElement('button')
    button.id = 'newer'
    button.type = 'button'
    button.className = 'button button--small talk__newer'
    button.textContent = body().newer
    button.addEventListener('click', () => window.toTheEnd())
    talk().prepend(button)
    const seen = () => { if (!away()) { button.remove(); talk().removeEventListener('scroll', seen) } }
    talk().addEventListener('scroll', seen)
  }

  const append = (fresh) => {
    const thread = document.getElementById(fresh.dataset.append)
    const wasAway = away()
    const arrived = []
    let added = 0
    if (!thread) return arrived
    for (const day of fresh.querySelectorAll('.talk__day')) {
      let there = [...thread.querySelectorAll(`.talk__day[data-day="${day.dataset.day}"]`)].at(-1)
      for (const item of [...day.children]) {
        if (item.id && document.getElementById(item.id)) continue
        if (item.matches('.talk__date')) continue
        if (!there) { there = day.cloneNode(false); there.append(day.querySelector('.talk__date')); thread.append(there) }
        there.append(item)
        added += 1
        if (item.matches('.message')) arrived.push(item)
      }
    }
    if (added) thread.querySelector('.empty')?.remove()
    window.htmx?.process(thread)
    if (wasAway && arrived.some((item) => !item.matches('.message--own'))) tellNewer()
    return arrived
  }

  // Earlier messages come with their own days: the last of them may be the first one here.
  const join = () => {
    for (const day of document.querySelectorAll('#thread > .talk__day')) {
      const before = day.previousElementSibling
      if (before?.dataset.day !== day.dataset.day) continue
      day.querySelector('.talk__date').remove()
      before.append(...day.children)
      day.remove()
    }
  }
  document.addEventListener('htmx:afterSwap', join)

  const announce = (arrived) => {
    const others = arrived.filter((item) => !item.matches('.message--own'))
    const status = document.getElementById('arrivals')
    if (others.length && status) status.textContent = others.map((item) => item.getAttribute('aria-label')).join('; ')
  }

  const refreshCase = async () => {
    const looking = seen() ? '&looking=1' : ''
    const answer = await fetch(`${body().live}?after=${body().last}&head=${encodeURIComponent(body().head)}${looking}`, { headers: { 'X-Requested-With': 'live' } })
    if (answer.status === 205) return location.reload()
    if (answer.status >= 500) throw new Error(answer.status)
    if (!answer.ok) return
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
    // The conversation has opened, or closed, for this reader: the page has another shape now. A draft is kept.
    // Unless somebody is writing who may not any more: their words stay before them, and sending them says why.
    const writing = document.getElementById('write')
    if (!writing !== !fresh.querySelector('[data-part="next"]') && !writing?.elements.body.value.trim()) return location.reload()
    const arrived = [...fresh.querySelectorAll('[data-append]')].flatMap(append)
    announce(arrived)
    if (arrived.length >= 50) refreshSoon()  // a full page: there may be more
    fresh.querySelectorAll('[data-part]').forEach(part)
    document.querySelectorAll('.message--sending[data-note]').forEach((echo) => { if (document.getElementById(`note-${echo.dataset.note}`)) echo.remove() })
    document.querySelectorAll('.message--sending').forEach((echo) => { if (Number(echo.dataset.number) <= Number(answer.headers.get('X-Last'))) echo.remove() })
    document.body.dataset.head = answer.headers.get('X-Head')
    document.body.dataset.last = answer.headers.get('X-Last')
  }

  const refreshList = async () => {
    const answer = await fetch(location.href, { headers: { 'X-Requested-With': 'live' } })
    if (answer.status >= 500) throw new Error(answer.status)
    if (!answer.ok) return
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
    for (const region of fresh.querySelectorAll('#nav, #bell, #tabs, [data-refresh]')) { region.dataset.part = region.id; part(region) }
  }

  const refresh = async () => {
    if (asking) { again = true; return }
    asking = true
    try { await (body().live ? refreshCase() : refreshList()) } catch { setTimeout(refreshSoon, 3000) }  // no connection for the moment
    asking = false
    if (again) { again = false; refresh() }
  }
  window.refreshLive = refresh

  let soon = null
  const refreshSoon = () => { soon ??= setTimeout(() => { soon = null; refresh() }, body().live ? 0 : 400) }
  const here = () => body().case || body().talk
  const concerns = (event) => !here() || [event.case, event.subject, event.facts.conversation].includes(here()) || event.kind.startsWith('clock.')

  const told = (message) => {
    failures = 0
    const event = JSON.parse(message.data)
    position = event.position
    if (concerns(event)) refreshSoon()
  }

  const seen = () => document.visibilityState === 'visible'
  let timer = null, polls = 0
  const later = (what, wait) => { clearTimeout(timer); timer = setTimeout(what, wait) }

  // A browser keeps few connections to one place: a page that nobody sees gives its own up, and asks when it is seen again.
  const listen = () => {
    source?.close()
    if (!seen()) return
    if (!window.EventSource || failures > 2) return poll()
    source = new EventSource(`/api/v1/stream?after=${encodeURIComponent(position ?? body().head)}`)
    for (const kind of body().kinds.split(' ')) source.addEventListener(kind, told)
    source.onopen = () => { if (failures) refreshSoon(); failures = 0 }
    source.onerror = () => { failures += 1; if (failures > 2 || source.readyState === EventSource.CLOSED) { source.close(); later(listen, 3000) } }
  }
  // Where nothing can stream, the page polls the same log, and looks each minute whether it can.
  const poll = async () => {
    if (!seen()) return
    try {
      const answer = await fetch(`/api/v1/events?after=${encodeURIComponent(position ?? body().head)}`)
      if (answer.ok) {
        const page = await answer.json()
        if (page.items.some(concerns)) refreshSoon()
        position = page.next ?? position
      }
    } catch { /* asks again below */ }
    polls += 1
    if (polls % 15 === 0) failures = 2
    later(failures > 2 ? poll : listen, 4000)
  }

  document.addEventListener('DOMContentLoaded', () => {
    if (!body().head || !(body().live || document.getElementById('live'))) return
    listen()
    setInterval(() => { if (seen()) refreshSoon() }, 60000)  // what is left of a clock goes down
    document.addEventListener('visibilitychange', () => { listen(); if (seen()) refreshSoon() })
    window.addEventListener('online', refreshSoon)
    window.addEventListener('pagehide', () => source?.close())
    window.addEventListener('pageshow', (event) => { if (event.persisted) { listen(); refreshSoon() } })
  })
})()
