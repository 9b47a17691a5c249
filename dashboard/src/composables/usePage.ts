import { defineStore } from 'pinia'
import { onBeforeMount, onScopeDispose, shallowRef, watchEffect } from 'vue'
import type { RouteLocationRaw } from 'vue-router'
import type { Tone } from '../components/tones.ts'

export interface Page {
  /** Title of the tab, most telling part first: "DPL-1042 · 61 %". */
  title: string
  /** State shown in the favicon. */
  tone?: Tone
  /** Where this page stands: the way to it, the page itself last. */
  crumbs: readonly { label: string; to?: RouteLocationRaw }[]
}

/** What the shell shows of the page that is open. */
export const useCurrentPage = defineStore('page', () => ({ page: shallowRef<Page>({ title: '', crumbs: [] }) }))

/** Tells the shell title, favicon and breadcrumbs; give a function, it is followed while the page lives. */
export function usePage(describe: () => Page) {
  const current = useCurrentPage()
  let stop = () => {}
  // After set-up, so that a page may describe itself with what it declares further down.
  onBeforeMount(() => {
    stop = watchEffect(() => {
      current.page = describe()
      document.title = current.page.title ? `${current.page.title} · Waybill` : 'Waybill'
      paintFavicon(current.page.tone)
    })
  })
  onScopeDispose(() => stop())
}

/** The sheet of the logo with the state as a shape in its corner: full square for trouble, disc for the rest. */
function paintFavicon(tone?: Tone) {
  const styles = getComputedStyle(document.documentElement)
  const probe = document.body.appendChild(document.createElement('i'))
  const colour = (token: string) => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color || styles.color
  }
  const mark = !tone
    ? ''
    : tone === 'failed' || tone === 'contradicted'
      ? `<rect x="12" y="12" width="12" height="12" rx="2.5" fill="${colour(tone)}"/>`
      : `<circle cx="18" cy="18" r="6" fill="${colour(tone)}"/>`
  const sheet = `<path d="M4 3h11l5 5v13H4z" fill="${colour('surface')}" stroke="${colour('accent')}" stroke-width="2"/>`
  probe.remove()
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${sheet}${mark}</svg>`
  document.querySelector<HTMLLinkElement>('link[rel=icon]')!.href = `data:image/svg+xml,${encodeURIComponent(svg)}`
}
