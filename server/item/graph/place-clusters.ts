export interface Spot {
  x: number
  y: number
  radius: number
}

/**
 * Places circles on a plane: what is linked draws near, nothing overlaps, all keep to the middle. The same input gives the
 * same picture. Areas go with the counts.
 */
export function placeClusters(
  counts: readonly number[],
  links: readonly { a: number; b: number; count: number }[],
): Spot[] {
  const golden = Math.PI * (3 - Math.sqrt(5))
  const radius = counts.map((count) => 10 + Math.sqrt(count) * 0.9)
  const spread = Math.max(60, ...radius) * 1.2
  const spots = counts.map((_, at) => ({
    x: Math.cos(at * golden) * Math.sqrt(at) * spread,
    y: Math.sin(at * golden) * Math.sqrt(at) * spread,
    radius: radius[at]!,
  }))
  const strongest = Math.max(1, ...links.map(({ count }) => count))
  for (let round = 0; round < 300; round++) {
    const heat = 1 - round / 300
    for (const { a, b, count } of links) {
      const [one, two] = [spots[a]!, spots[b]!]
      const [dx, dy] = [two.x - one.x, two.y - one.y]
      const far = Math.hypot(dx, dy) - one.radius - two.radius - 24
      if (far <= 0) continue
      const pull = (heat * 0.06 * Math.sqrt(count / strongest) * far) / (far + one.radius + two.radius)
      one.x += dx * pull
      one.y += dy * pull
      two.x -= dx * pull
      two.y -= dy * pull
    }
    for (const spot of spots) {
      spot.x *= 1 - 0.01 * heat
      spot.y *= 1 - 0.01 * heat
    }
    partOverlaps(spots)
  }
  for (let round = 0; round < 60; round++) partOverlaps(spots)
  return spots
}

function partOverlaps(spots: Spot[]): void {
  for (let a = 0; a < spots.length; a++) {
    for (let b = a + 1; b < spots.length; b++) {
      const [one, two] = [spots[a]!, spots[b]!]
      const [dx, dy] = [two.x - one.x || 0.01 * (b + 1), two.y - one.y || 0.01]
      const far = Math.hypot(dx, dy)
      const least = one.radius + two.radius + 14
      if (far >= least) continue
      // The larger one hardly gives way.
      const push = (least - far) / far
      const share = two.radius / (one.radius + two.radius)
      one.x -= dx * push * share
      one.y -= dy * push * share
      two.x += dx * push * (1 - share)
      two.y += dy * push * (1 - share)
    }
  }
}
