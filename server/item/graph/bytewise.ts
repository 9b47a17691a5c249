/** As PostgreSQL compares bytes: by code point, not by the halves of UTF-16. */
export function bytewise(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x === y) continue
    if (x >= 0xd800 && y >= 0xd800) return isHalf(x) === isHalf(y) ? x - y : isHalf(x) ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

const isHalf = (unit: number) => unit >= 0xd800 && unit <= 0xdfff
