/** The geometry of a plane with circles on it, apart from how it is drawn. */
export interface Dot {
  id: string
  x: number
  y: number
  r: number
  label: string
  /** A second line below the label. */
  note?: string
  /** What a screen reader says; the label and the note when left out. */
  spoken?: string
}
/** Ends are places in the list of dots; `width` in CSS pixels. */
export interface Line {
  a: number
  b: number
  width: number
}
/** Which point of the plane stands in the middle, and how many CSS pixels one unit is. */
export interface View {
  x: number
  y: number
  k: number
}
export interface Size {
  width: number
  height: number
}

const margin = 28 // px around what is shown whole
const scales = { least: 0.02, most: 12 }

/** Shows everything, a few circles not larger than five times their size. */
export function fit(dots: readonly Dot[], { width, height }: Size): View {
  if (dots.length === 0) return { x: 0, y: 0, k: 1 }
  const sides = (at: (dot: Dot) => number, sign: 1 | -1) =>
    dots.reduce((most, dot) => Math.max(most, sign * at(dot) + dot.r), -Infinity) * sign
  const [left, right] = [sides(({ x }) => x, -1), sides(({ x }) => x, 1)]
  const [top, bottom] = [sides(({ y }) => y, -1), sides(({ y }) => y, 1)]
  const room = (pixels: number, units: number) => Math.max(pixels - 2 * margin, 40) / Math.max(units, 1)
  const k = Math.min(room(width, right - left), room(height, bottom - top), 5)
  return { x: (left + right) / 2, y: (top + bottom) / 2, k: Math.max(k, scales.least) }
}

/** Zooms by a factor, the point under `at` (pixels from the middle) staying where it is. */
export function zoom({ x, y, k }: View, factor: number, at = { x: 0, y: 0 }): View {
  const next = Math.min(Math.max(k * factor, scales.least), scales.most)
  return { x: x + at.x / k - at.x / next, y: y + at.y / k - at.y / next, k: next }
}

/** Moves what is shown by so many pixels. */
export const pan = ({ x, y, k }: View, dx: number, dy: number): View => ({ x: x - dx / k, y: y - dy / k, k })

/** Where a point of the plane stands, in pixels from the upper left corner. */
export const toScreen = (view: View, { width, height }: Size, { x, y }: { x: number; y: number }) => ({
  x: (x - view.x) * view.k + width / 2,
  y: (y - view.y) * view.k + height / 2,
})

const reach = 10 // px around a small dot in which a click still means it

/** The dot at a place of the screen: the nearest whose edge is within reach, or -1. */
export function hit(dots: readonly Dot[], view: View, size: Size, at: { x: number; y: number }): number {
  let [best, least] = [-1, Infinity]
  dots.forEach((dot, place) => {
    const { x, y } = toScreen(view, size, dot)
    const far = Math.hypot(x - at.x, y - at.y)
    if (far <= Math.max(dot.r * view.k, reach) && far < least) [best, least] = [place, far]
  })
  return best
}

/** Where an arrow key leads from a dot: the nearest that lies more in its direction than aside; -1 when there is none. */
export function towards(key: string, dots: readonly Dot[], from: number): number {
  const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key]
  const here = dots[from]
  if (!way || !here) return -1
  let [best, least] = [-1, Infinity]
  dots.forEach((dot, place) => {
    const [dx, dy] = [dot.x - here.x, dot.y - here.y]
    const ahead = dx * way[0]! + dy * way[1]!
    const aside = Math.abs(dx * way[1]!) + Math.abs(dy * way[0]!)
    if (place === from || ahead <= 0 || aside > ahead) return
    const far = ahead + 2 * aside
    if (far < least) [best, least] = [place, far]
  })
  return best
}

/** The view with a dot drawn in from outside; the same view when it is well inside. */
export function reveal(view: View, size: Size, dot: Dot): View {
  const { x, y } = toScreen(view, size, dot)
  const outside = (at: number, most: number) =>
    at < margin ? margin - at : at > most - margin ? most - margin - at : 0
  const [dx, dy] = [outside(x, size.width), outside(y, size.height)]
  return dx || dy ? pan(view, dx, dy) : view
}

interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** Takes boxes one after the other and says of each whether it finds a place without covering an earlier one. */
export function packer() {
  const taken: Box[] = []
  const apart = (a: Box, b: Box) =>
    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
  return (box: Box, force = false) => {
    if (!force && !taken.every((other) => apart(other, box))) return false
    taken.push(box)
    return true
  }
}

/** A view as text for the address, and back; null for what is no view. */
export const viewToText = ({ x, y, k }: View) => `${Math.round(x)},${Math.round(y)},${Number(k.toPrecision(3))}`
export function viewFromText(text: string): View | null {
  const [x, y, k] = text.split(',').map(Number)
  if (![x, y, k].every(Number.isFinite) || !(k! >= scales.least && k! <= scales.most)) return null
  return { x: x!, y: y!, k: k! }
}
