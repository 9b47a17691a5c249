/** The page of a path: what stands before its query. */
export const pageOf = (path: string) => path.split('?', 1)[0]!

/** Whether two paths show the same, whatever the order of their parameters and however they are written. */
export const isSamePlace = (one: string, other: string) => orderly(one) === orderly(other)

/**
 * The parameter that asks for a page as it is: without any parameter it opens with its default view. It is none of the
 * page's own, so whatever shows the page's state leaves it out.
 */
export const withoutView = { without: 'view' } as const

/** The path without that parameter. */
export function plainPath(path: string): string {
  if (!/[?&]without=view(&|$)/.test(path)) return path
  const parameters = new URLSearchParams(path.slice(pageOf(path).length))
  parameters.delete('without')
  return parameters.size ? `${pageOf(path)}?${parameters.toString()}` : pageOf(path)
}

function orderly(path: string): string {
  const parameters = new URLSearchParams(path.slice(pageOf(path).length))
  parameters.delete('without')
  parameters.sort()
  return `${pageOf(path)}?${parameters.toString()}`
}

/** A saved view as far as it says which one is present. */
export interface Place {
  id: string
  path: string
}

/**
 * The view that the address shows; or the one that was chosen before and then altered. A page without any filter is
 * the page itself, and no altered view.
 */
export function presentView<V extends Place>(
  views: readonly V[],
  path: string,
  chosen: string | null,
): { view: V; changed: boolean } | null {
  const showing = views.filter((view) => isSamePlace(view.path, path))
  const last = views.find(({ id }) => id === chosen)
  const view = showing.find(({ id }) => id === chosen) ?? showing[0]
  if (view) return { view, changed: false }
  return last && !isSamePlace(path, pageOf(path)) ? { view: last, changed: true } : null
}
