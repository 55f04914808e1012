// Notices that ring in this browser: on “My notices” it says whether it can, is turned on, and is taken away.
document.addEventListener('DOMContentLoaded', async () => {
  const place = document.querySelector('[data-ringing]')
  if (!place) return
  const show = (state) => { for (const part of place.querySelectorAll('[data-when]')) part.hidden = part.dataset.when !== state }
  if (!navigator.serviceWorker || !window.PushManager || !window.Notification) return show('unable')

  const form = place.querySelector('form')
  const key = Uint8Array.from(atob(place.dataset.ringing.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
  const subscription = async () => (await navigator.serviceWorker.getRegistration('/'))?.pushManager.getSubscription()
  const taken = await subscription().catch(() => null)
  const mine = taken && document.querySelector(`[data-endpoint="${CSS.escape(taken.endpoint)}"]`)

  show(Notification.permission === 'denied' ? 'denied' : mine ? 'on' : 'off')
  if (mine) mine.querySelector('[data-here]').hidden = false
  mine?.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault()
    await taken.unsubscribe().catch(() => null)
    event.target.submit()
  })

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (await Notification.requestPermission() !== 'granted') return show(Notification.permission === 'denied' ? 'denied' : 'off')
    try {
      await navigator.serviceWorker.register(form.dataset.worker)
      const { pushManager } = await navigator.serviceWorker.ready
      await (await pushManager.getSubscription())?.unsubscribe()  // one of another person, or for a key that we no longer have
      const { endpoint, keys } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON()
      for (const [name, value] of Object.entries({ endpoint, p256dh: keys.p256dh, auth: keys.auth })) form.elements[name].value = value
      form.submit()
    } catch { show('failed') }
  })
})
