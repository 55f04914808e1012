// The keyboard: shortcuts where nobody is typing, the rows of a list, the list one came from. Without this file all of it
// is reached by Tab and Enter, and /keyboard/ tells what there is.
(() => {
  const kept = (store, name) => { try { return store.getItem(name) } catch { return null } }
  const keep = (store, name, value) => { try { store.setItem(name, value) } catch { /* a full or forbidden store */ } }
  const off = () => kept(localStorage, 'keys-off') === '1'
  const busy = (event) => event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey
    || event.target.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog')

  // --- rows -----------------------------------------------------------------------------------------------------------
  const rows = () => [...document.querySelectorAll('.table--links > tbody > tr, .owed > li')]
  const link = (row) => row.querySelector('.table__link, .owed__case')
  const here = () => rows().findIndex((row) => row.contains(document.activeElement))
  const step = (by) => {
    const all = rows()
    if (!all.length) return false
    const now = here()
    const next = all[now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + by))]
    link(next)?.focus()
    next.scrollIntoView({ block: 'nearest' })
    return true
  }
  const tick = () => rows()[here()]?.querySelector('.tick')?.click()

  // --- what is chosen: counted, and still chosen when the list is drawn anew ----------------------------------------------
  const chosen = new Set()
  const count = () => {
    const told = document.querySelector('.bulk__count')
    if (!told) return
    const all = document.querySelector('.tick[name="all"]:checked')
    const number = document.querySelectorAll('.tick[name="cases"]:checked').length
    told.hidden = Boolean(all) || number === 0
    told.textContent = number
  }
  // With Shift, all from the last one that was ticked.
  let last = null
  const stretch = (event) => {
    if (!event.target.matches?.('.tick[name="cases"]')) return
    const boxes = [...document.querySelectorAll('.tick[name="cases"]')]
    const [from, to] = [boxes.findIndex((box) => box.value === last), boxes.indexOf(event.target)]
    last = event.target.value
    if (!event.shiftKey || from < 0) return
    for (const box of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (box.checked === event.target.checked) continue
      box.checked = event.target.checked
      box.dispatchEvent(new Event('change', { bubbles: true }))
    }
  }
  const ticked = (event) => {
    if (!event.target.matches?.('.tick')) return
    const key = event.target.name + event.target.value
    if (event.target.checked) chosen.add(key); else chosen.delete(key)
    count()
  }
  const restore = () => {
    for (const box of document.querySelectorAll('#live .tick')) if (chosen.has(box.name + box.value)) box.checked = true
    count()
  }

  // --- the list one came from -----------------------------------------------------------------------------------------
  const remember = () => {
    const list = document.querySelector('table[data-trail]')
    if (!list) return
    const cases = [...list.querySelectorAll('.table__link')].map((one) => one.getAttribute('href'))
    keep(sessionStorage, 'trail', JSON.stringify({ list: list.dataset.trail, cases }))
  }
  const trail = () => { try { return JSON.parse(kept(sessionStorage, 'trail')) } catch { return null } }
  const beside = (by) => {
    const cases = trail()?.cases ?? []
    const now = cases.indexOf(location.pathname)
    const next = now < 0 ? (by > 0 ? cases[0] : null) : cases[now + by]
    if (next) location.assign(next)
  }
  const leadBack = () => {
    const back = document.querySelector('.page--case .case__title > .back, .back[data-list]')
    const list = trail()?.list
    if (back && list?.startsWith(`${back.pathname}?`)) back.href = list
  }

  // --- help -----------------------------------------------------------------------------------------------------------
  const help = async () => {
    let dialog = document.getElementById('keys')
    if (!dialog) {
      const link = document.querySelector('[data-shortcuts]')
      const answer = await fetch(link?.href ?? '/keyboard/').catch(() => null)
      if (!answer?.ok) return
      const told = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('shortcuts')
      if (!told) return  // signed out meanwhile
      dialog = document.createElement('dialog')
      dialog.id = 'keys'
      dialog.className = 'dialog'
      const title = document.createElement('h2')
      title.id = 'keys-title'
      title.textContent = told.querySelector('h1').textContent
      told.querySelector('h1').replaceWith(title)
      dialog.setAttribute('aria-labelledby', title.id)
      dialog.append(...told.children)
      const close = document.createElement('button')
      close.className = 'button'
      close.textContent = told.dataset.close
      close.addEventListener('click', () => dialog.close())
      const foot = document.createElement('p')
      foot.className = 'dialog__do'
      foot.append(close)
      dialog.append(foot)
      document.body.append(dialog)
      dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close() })
      settle()
    }
    if (!dialog.open) dialog.showModal()
  }
  const settle = () => { for (const box of document.querySelectorAll('#keys-off')) box.checked = off() }

  // --- keys -----------------------------------------------------------------------------------------------------------
  let going = 0
  const go = (key) => {
    const place = { h: '/', c: '/cases/', d: document.querySelector('#nav a[href="/desk/"]') && '/desk/' }[key]
    going = 0
    if (place) location.assign(place)
    return Boolean(place)
  }
  const search = () => {
    const box = ['q', 'q-top'].map((id) => document.getElementById(id)).find((one) => one?.offsetParent)
    box?.focus()
    box?.select()
    return Boolean(box)
  }
  const write = () => {
    const box = document.getElementById('body')
    box?.focus()
    return Boolean(box)
  }
  const ways = {
    '?': () => { help(); return true }, '/': search,
    g: () => { going = Date.now(); return true },
    j: () => step(1), k: () => step(-1), ArrowDown: () => here() >= 0 && step(1), ArrowUp: () => here() >= 0 && step(-1),
    x: () => { tick(); return here() >= 0 },
    r: write, n: () => { beside(1); return true }, p: () => { beside(-1); return true },
  }
  document.addEventListener('keydown', (event) => {
    if (busy(event) || off()) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    if (Date.now() - going < 1500 ? go(key) : Object.hasOwn(ways, key) && ways[key]()) event.preventDefault()
  })
  document.addEventListener('change', (event) => {
    ticked(event)
    if (event.target.id === 'keys-off') keep(localStorage, 'keys-off', event.target.checked ? '1' : '')
  })
  document.addEventListener('click', (event) => {
    stretch(event)
    const asked = event.target.closest?.('[data-shortcuts]')
    if (asked && !event.ctrlKey && !event.metaKey) { event.preventDefault(); help() }
  })
  document.addEventListener('DOMContentLoaded', () => {
    settle()
    remember()
    leadBack()
    for (const box of document.querySelectorAll('.tick:checked')) chosen.add(box.name + box.value)  // as the browser kept them
    count()
    const live = document.getElementById('live')
    if (live?.querySelector('.tick')) new MutationObserver(() => { restore(); remember() }).observe(live, { childList: true })
  })
})()
