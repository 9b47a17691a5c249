import { tones, type Tone } from './tones.ts'

/** Where cell `at` of a group stands, in cells. */
export interface Layout {
  columns: number
  rows: number
  /** Edge of a cell and distance from one to the next, in CSS pixels. */
  cell: number
  pitch: number
}

/** Cells as large as the number allows; at least 24 px apart where fingers point. */
export function layOut(cells: number, width: number, coarse: boolean): Layout {
  const cell = coarse && cells <= 2_000 ? 22 : cells > 4_000 ? 8 : 13
  const pitch = cell + (cell > 8 ? 2 : 1)
  const columns = Math.max(1, Math.floor((width + pitch - cell) / pitch))
  return { columns, rows: Math.ceil(cells / columns), cell, pitch }
}

/** The index after an arrow key, held inside the group; null for other keys. */
export function step(key: string, at: number, cells: number, columns: number): number | null {
  const to = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + columns > cells - 1 ? cells - 1 : at + columns,
    ArrowUp: at - columns < 0 ? 0 : at - columns,
    Home: 0,
    End: cells - 1,
  }[key]
  return to === undefined ? null : Math.min(Math.max(to, 0), cells - 1)
}

/** The colours of the tokens as the canvas wants them, read once per theme. */
export function readPalette(host: HTMLElement): Record<Tone | 'soft' | 'on' | 'paper' | 'ink', string> {
  const probe = host.appendChild(document.createElement('i'))
  const read = (token: string) => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color
  }
  const palette = Object.fromEntries(tones.map((tone) => [tone, read(tone)]))
  const all = { ...palette, soft: read('running-soft'), on: read('on-state'), paper: read('surface'), ink: read('ink') }
  probe.remove()
  return all as Record<Tone | 'soft' | 'on' | 'paper' | 'ink', string>
}

/** Around a cell that is chosen; drawing the cell again takes it away. */
export function drawRing(
  pen: CanvasRenderingContext2D,
  palette: ReturnType<typeof readPalette>,
  [x, y, size]: readonly [number, number, number],
) {
  pen.strokeStyle = palette.ink
  pen.lineWidth = 1.5
  pen.strokeRect(x - 0.25, y - 0.25, size + 0.5, size + 0.5)
}

/** Draws one cell over whatever was there: shape first, letter where there is trouble, colour last. */
export function drawCell(
  pen: CanvasRenderingContext2D,
  palette: ReturnType<typeof readPalette>,
  [x, y, size]: readonly [number, number, number],
  tone: Tone,
  percent: number,
) {
  pen.fillStyle = palette.paper
  pen.fillRect(x - 1, y - 1, size + 2, size + 2)
  pen.fillStyle = pen.strokeStyle = palette[tone]
  pen.lineWidth = 1.5
  const outline = () => {
    pen.beginPath()
    pen.roundRect(x + 0.75, y + 0.75, size - 1.5, size - 1.5, 2.5)
    pen.stroke()
  }
  const full = () => {
    pen.beginPath()
    pen.roundRect(x, y, size, size, 2.5)
    pen.fill()
  }
  const letter = (text: string) => {
    pen.fillStyle = palette.on
    pen.font = `700 ${Math.round(size * 0.75)}px 'Inter Variable', sans-serif`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillText(text, x + size / 2, y + size / 2 + 0.5)
  }
  switch (tone) {
    case 'pending':
      return outline()
    case 'excluded':
      outline()
      pen.beginPath()
      for (const offset of [0.35, 0.7]) {
        pen.moveTo(x + 1, y + size * (offset + 0.25))
        pen.lineTo(x + size * (offset + 0.25), y + 1)
      }
      return pen.stroke()
    case 'running': {
      pen.fillStyle = palette.soft
      full()
      pen.fillStyle = palette.running
      const filled = (size * percent) / 100
      pen.fillRect(x, y + size - filled, size, filled)
      return outline()
    }
    case 'timedout':
      pen.beginPath()
      pen.moveTo(x + size / 2, y)
      pen.lineTo(x + size, y + size)
      pen.lineTo(x, y + size)
      pen.fill()
      return letter('!')
    case 'doubt':
      pen.beginPath()
      pen.moveTo(x + size / 2, y - 0.5)
      pen.lineTo(x + size + 0.5, y + size / 2)
      pen.lineTo(x + size / 2, y + size + 0.5)
      pen.lineTo(x - 0.5, y + size / 2)
      pen.fill()
      return letter('?')
    case 'contradicted':
      pen.fillRect(x, y, size / 2, size)
      return outline()
    case 'failed':
      full()
      return letter('×')
    case 'reported':
    case 'confirmed':
      return full()
  }
}
