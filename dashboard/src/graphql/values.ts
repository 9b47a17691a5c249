/** A value of the API in one line: what is not there as a dash, lists with commas, objects as JSON. */
export function inShort(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(inShort).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Whether a value is an instant as the API writes it. */
export const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)

/** "sha256:9f3c…e21b": enough of a digest to recognise it. */
export function shortDigest(digest: string): string {
  const bare = digest.replace(/^sha256:/, '')
  return bare.length <= 12 ? bare : `${bare.slice(0, 6)}…${bare.slice(-4)}`
}

/** "4.2 kB", in steps of a thousand. */
export function inBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  const step = Math.min(Math.floor(Math.log10(bytes) / 3), units.length)
  return `${(bytes / 1000 ** step).toFixed(1)} ${units[step - 1]}`
}

/** "3 targets", "1 target". */
export const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`
