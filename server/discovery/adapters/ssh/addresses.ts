/** Interfaces and addresses, from `ip -j addr`. */
export interface Interface {
  name: string
  /** Small letters; empty if it has none. */
  mac: string
  up: boolean
  mtu?: number
  addresses: { address: string; prefix: number; version: 4 | 6 }[]
}

interface Told {
  ifname?: string
  address?: string
  link_type?: string
  flags?: string[]
  mtu?: number
  addr_info?: { family?: string; local?: string; prefixlen?: number; scope?: string }[]
}

/** Loopback and link-local addresses are the same on many hosts and left out; what is not JSON is no interface. */
export function interfacesIn(json: string): Interface[] {
  let told: Told[]
  try {
    told = JSON.parse(json) as Told[]
  } catch {
    return []
  }
  if (!Array.isArray(told)) return []
  return told.flatMap((one) => {
    if (!one.ifname || one.link_type === 'loopback') return []
    const addresses = (one.addr_info ?? []).flatMap(({ family, local, prefixlen, scope }) =>
      local && scope !== 'link' && scope !== 'host'
        ? [{ address: local, prefix: prefixlen ?? 0, version: family === 'inet6' ? (6 as const) : (4 as const) }]
        : [],
    )
    const mac = one.link_type === 'ether' ? (one.address ?? '').toLowerCase() : ''
    return [
      {
        name: one.ifname,
        mac,
        up: one.flags?.includes('UP') ?? false,
        addresses,
        ...(one.mtu ? { mtu: one.mtu } : {}),
      },
    ]
  })
}
