// The browser's own formats would do, but the first use of one costs a slow machine a tenth of a second, in which a page is
// not shown, and making one for each cell of a table as much again.
const units = [
  ['yr.', 31_536_000],
  ['mo.', 2_592_000],
  ['day', 86_400],
  ['hr.', 3_600],
  ['min.', 60],
  ['sec.', 1],
] as const
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec']

/** "3 min. ago", "in 2 hr.", "now"; `now` in epoch milliseconds. */
export function relative(at: string, now: number) {
  const seconds = Math.round((Date.parse(at) - now) / 1000)
  const away = Math.abs(seconds)
  if (away < 2) return 'now'
  const [unit, size] = units.find(([, length]) => away >= length)!
  const count = Math.floor(away / size)
  const said = `${count} ${unit}${unit === 'day' && count > 1 ? 's' : ''}`
  return seconds < 0 ? `${said} ago` : `in ${said}`
}

/** "23 Nov 2026, 22:04:11" in the reader's zone, or in UTC and said so. */
export function absolute(at: string, utc: boolean) {
  const time = new Date(at)
  // Moved by the offset of the reader's zone at that time, the fields of UTC are those of the zone.
  if (!utc) time.setTime(time.getTime() - time.getTimezoneOffset() * 60_000)
  const clock = time.toISOString().slice(11, 19)
  return `${time.getUTCDate()} ${months[time.getUTCMonth()]} ${time.getUTCFullYear()}, ${clock}${utc ? ' UTC' : ''}`
}

/** A length of time: "24 ms", "0.4 s", "8.4 s", "3 min 05 s", "2 h 10 min". Milliseconds in. */
export function duration(ms: number) {
  if (ms < 100) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${two((ms / 1000) % 60)} s`
  return `${Math.floor(ms / 3_600_000)} h ${two((ms / 60_000) % 60)} min`
}
