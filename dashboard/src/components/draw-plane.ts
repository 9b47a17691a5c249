import { packer, toScreen, type Dot, type Line, type Size, type View } from './plane.ts'

export const planeTokens = ['surface', 'line', 'line-strong', 'ink', 'ink-2', 'ink-3', 'accent', 'accent-soft'] as const
export type PlaneColours = Record<(typeof planeTokens)[number], string>

export interface Picture {
  dots: readonly Dot[]
  lines: readonly Line[]
  view: View
  size: Size
  /** Places that stand out; null: none does, all are alike. */
  lit: ReadonlySet<number> | null
  /** The dot that is pointed at or has the focus, and the chosen one; -1: none. */
  hot: number
  chosen: number
  /** Circles that hold others are soft; those that are single things are full. */
  soft: boolean
}

const labels = 90 // at most, so that a frame stays cheap and the picture calm

export function drawPlane(pen: CanvasRenderingContext2D, colours: PlaneColours, picture: Picture) {
  const { dots, view, size } = picture
  pen.clearRect(0, 0, size.width, size.height)
  const places = dots.map((dot) => toScreen(view, size, dot))
  drawLines(pen, colours, picture, places)
  drawDots(pen, colours, picture, places)
  drawLabels(pen, colours, picture, places)
}

type Places = readonly { x: number; y: number }[]

function drawLines(pen: CanvasRenderingContext2D, colours: PlaneColours, { lines, lit, hot }: Picture, places: Places) {
  const stroke = (widths: ReadonlyMap<number, readonly Line[]>, colour: string, alpha: number) => {
    pen.strokeStyle = colour
    pen.globalAlpha = alpha
    for (const [width, ofWidth] of widths) {
      pen.lineWidth = width
      pen.beginPath()
      for (const { a, b } of ofWidth) {
        pen.moveTo(places[a]!.x, places[a]!.y)
        pen.lineTo(places[b]!.x, places[b]!.y)
      }
      pen.stroke()
    }
    pen.globalAlpha = 1
  }
  const isLit = ({ a, b }: Line) => (hot >= 0 ? a === hot || b === hot : lit !== null && lit.has(a) && lit.has(b))
  const marked = lit !== null || hot >= 0
  const quiet = marked ? lines.filter((line) => !isLit(line)) : lines
  stroke(byWidth(quiet), colours['line-strong'], marked ? 0.2 : lines.length > 200 ? 0.4 : 0.75)
  if (marked) stroke(byWidth(lines.filter(isLit)), colours.accent, 0.9)
}

const byWidth = (lines: readonly Line[]) => Map.groupBy(lines, ({ width }) => width)

function drawDots(pen: CanvasRenderingContext2D, colours: PlaneColours, picture: Picture, places: Places) {
  const { dots, view, size, lit, hot, chosen, soft } = picture
  dots.forEach((dot, at) => {
    const { x, y } = places[at]!
    const radius = Math.max(dot.r * view.k, 1.5)
    if (x + radius < 0 || y + radius < 0 || x - radius > size.width || y - radius > size.height) return
    const stands = !lit || lit.has(at) || at === hot
    pen.globalAlpha = stands ? 1 : 0.45
    pen.beginPath()
    pen.arc(x, y, radius, 0, 2 * Math.PI)
    pen.fillStyle = soft ? colours['accent-soft'] : at === chosen || at === hot ? colours.accent : colours['ink-3']
    pen.fill()
    pen.lineWidth = at === chosen || at === hot ? 2 : 1
    pen.strokeStyle = at === chosen ? colours.ink : soft ? colours.accent : colours.surface
    pen.stroke()
  })
  pen.globalAlpha = 1
}

function drawLabels(pen: CanvasRenderingContext2D, colours: PlaneColours, picture: Picture, places: Places) {
  const { dots, view, size, lit, hot, chosen, soft } = picture
  const finds = packer()
  const first = [hot, chosen].filter((at, place, all) => at >= 0 && all.indexOf(at) === place)
  const others = dots.map((_, at) => at).filter((at) => !first.includes(at) && (!lit || lit.has(at)))
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.lineJoin = 'round'
  let drawn = 0
  for (const at of [...first, ...others]) {
    if (drawn >= labels) break
    const dot = dots[at]!
    const { x, y } = places[at]!
    if (x < 0 || y < 0 || x > size.width || y > size.height) continue
    pen.font = "550 12px 'Inter Variable', sans-serif"
    const radius = dot.r * view.k
    const text = shortened(dot.label, first.includes(at) ? 60 : 26)
    const width = Math.max(pen.measureText(text).width, dot.note ? pen.measureText(dot.note).width : 0)
    const height = dot.note ? 28 : 15
    const inside = soft && radius * 2 > Math.max(width, height) + 8
    const middle = inside ? y : y + radius + height / 2 + 3
    const box = { x: x - width / 2 - 3, y: middle - height / 2, width: width + 6, height }
    if (!finds(box, at === hot)) continue
    drawn++
    const write = (line: string, lineY: number, colour: string) => {
      pen.lineWidth = 3.5
      pen.strokeStyle = inside ? colours['accent-soft'] : colours.surface
      pen.strokeText(line, x, lineY)
      pen.fillStyle = colour
      pen.fillText(line, x, lineY)
    }
    write(text, dot.note ? middle - 6.5 : middle, colours.ink)
    if (!dot.note) continue
    pen.font = "430 11px 'Inter Variable', sans-serif"
    write(dot.note, middle + 7.5, colours['ink-2'])
  }
}

const shortened = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
