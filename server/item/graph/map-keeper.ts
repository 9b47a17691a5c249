import { drawEstate, type EstateMap, type MapWay } from './estate-map.ts'
import type { Graph } from './graph.ts'

const AGE = { least: 1_000, most: 30_000 } // ms
const WORTH = 50 // times as long as it took to draw a map is kept

export interface MapKeeper {
  /**
   * The estate as clusters: drawn anew when the graph has changed and the last map is 50 times as old as its drawing took,
   * 1 s at least and 30 s at most; at once for who demands a later event than the map takes into account.
   */
  of(graph: Graph, seq: number, by: MapWay, least?: number): Promise<EstateMap>
}

/** Keeps the last map of each kind; all who ask at a time share one drawing. */
export function keepMaps(): MapKeeper {
  const maps = new Map<MapWay, { freshUntil: number; map: Promise<EstateMap> }>()
  return {
    async of(graph, seq, by, least = 0) {
      const known = maps.get(by)
      if (known) {
        const map = await known.map
        if (map.version === graph.version || (Date.now() < known.freshUntil && map.seq >= least)) return map
        // Somebody else who waited for the same map may have begun the next one.
        const next = maps.get(by)
        if (next && next !== known) {
          const drawn = await next.map
          if (drawn.seq >= least) return drawn
        }
      }
      const begun = Date.now()
      const made = { freshUntil: Infinity, map: drawEstate(graph, seq, by) }
      maps.set(by, made)
      const tookFor = () => (Date.now() - begun) * WORTH
      made.map.then(
        () => (made.freshUntil = Date.now() + Math.min(Math.max(tookFor(), AGE.least), AGE.most)),
        () => maps.get(by) === made && maps.delete(by),
      )
      return made.map
    },
  }
}
