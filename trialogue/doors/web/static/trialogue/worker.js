// Shows the notices that are pushed to this browser, and opens what they are about. It stands between no page and its server.
self.addEventListener('push', (event) => {
  const told = event.data?.json() ?? {}
  const how = { body: told.body, lang: told.lang, tag: told.tag, renotify: Boolean(told.tag), data: told.url }
  event.waitUntil(self.registration.showNotification(told.title ?? 'Trialogue', how))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const url = new URL(event.notification.data ?? '/', self.location.origin)
  if (url.origin !== self.location.origin) return
  event.waitUntil((async () => {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    const there = pages.find((page) => new URL(page.url).pathname === url.pathname)
    return there ? there.focus() : self.clients.openWindow(url)
  })())
})
