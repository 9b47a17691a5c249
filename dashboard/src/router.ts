import { createRouter, createWebHistory, type Router } from 'vue-router'
import { routes } from 'vue-router/auto-routes'

/** One route per file below pages/. Going back returns to where the reader had scrolled. */
export function createWaybillRouter(): Router {
  return createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  })
}

/** To the sign-in page, keeping the way back. Pages without an account (meta.open) stay where they are. */
export function signInAgain(router: Router) {
  const { meta, fullPath } = router.currentRoute.value
  if (meta.open) return
  void router.replace({ path: '/sign-in', query: fullPath === '/' ? {} : { back: fullPath } })
}
