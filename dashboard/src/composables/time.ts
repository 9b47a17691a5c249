const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** "3 min ago", "in 2 hours", "now"; `now` in epoch milliseconds. */
export function relative(at: string, now: number) {
  const seconds = Math.round((Date.parse(at) - now) / 1000)
  if (Math.abs(seconds) < 2) return 'now'
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units[units.length - 1]!
  return new Intl.RelativeTimeFormat('en', { style: 'short' }).format(Math.trunc(seconds / size), unit)
}

/** "23 Nov 2026, 22:04:11" in the reader's zone, or in UTC and said so. */
export function absolute(at: string, utc: boolean) {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(utc && { timeZone: 'UTC', timeZoneName: 'short' }),
  }).format(new Date(at))
}

/** A length of time: "24 ms", "0.4 s", "8.4 s", "3 min 05 s", "2 h 10 min". Milliseconds in. */
export function duration(ms: number) {
  if (ms < 100) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${two((ms / 1000) % 60)} s`
  return `${Math.floor(ms / 3_600_000)} h ${two((ms / 60_000) % 60)} min`
}
