import type { Plugin } from 'vite'

/** Asks for the one font of the first paint (Inter, Latin) together with the page, not after its style sheet. */
export function preloadTextFont(): Plugin {
  return {
    name: 'waybill-preload-text-font',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const font = Object.keys(bundle ?? {}).find((file) => /inter-latin-wght-normal-.*\.woff2$/.test(file))
        if (!font) return []
        const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: '', href: `/${font}` }
        return [{ tag: 'link', attrs, injectTo: 'head' as const }]
      },
    },
  }
}
