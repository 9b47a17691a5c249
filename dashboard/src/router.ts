import { createRouter, createWebHistory, loadRouteLocation, type Router } from 'vue-router'
import { routes } from 'vue-router/auto-routes'

/** One route per file below pages/. Going back returns to where the reader had scrolled. */
export function createWaybillRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes,
    // The first page is at its top already: to scroll there would cost a layout of what is not shown yet.
    scrollBehavior: (to, from, saved) =>
      saved ?? (to.path === from.path || from.matched.length === 0 ? false : { top: 0 }),
  })
  // The files of a page are fetched beside what is asked on the way to it; a failure is told when the page is opened.
  router.beforeEach((to) => void loadRouteLocation(to).catch(() => {}))
  return router
}

/** To the sign-in page, keeping the way back. Pages without an account (meta.open) stay where they are. */
export async function signInAgain(router: Router): Promise<void> {
  // The shell may hear of it on the way to the first page.
  await router.isReady()
  const { meta, fullPath } = router.currentRoute.value
  if (meta.open) return
  void router.replace({ path: '/sign-in', query: fullPath === '/' ? {} : { back: fullPath } })
}
