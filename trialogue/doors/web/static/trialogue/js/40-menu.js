// Menus close as people expect: by Escape, by a click elsewhere, when the focus leaves. Without this file their button closes them.
(() => {
  const opened = () => document.querySelectorAll('details.menu[open]')
  const leave = (event) => opened().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false })
  document.addEventListener('click', leave)
  document.addEventListener('focusin', leave)
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const menu of opened()) { menu.open = false; menu.querySelector('summary').focus() }
  })
})()
