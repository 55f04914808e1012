// <button data-copy="id" hidden>: shown where there is a clipboard, copies the words of that element and says so.
document.addEventListener('DOMContentLoaded', () => {
  if (!navigator.clipboard) return
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.hidden = false
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
      const said = button.querySelector('[data-copied]')
      said.textContent = said.dataset.copied
      said.classList.remove('sr')
      said.previousElementSibling.hidden = true
    })
  }
})
