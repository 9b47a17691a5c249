/** Values that say that there is none. */
export const JUNK = /^(unknown|none|null|n\/?a|not[ _]available|no_dns_entry|to be filled by o\.e\.m\.|0+|-)$/i
/** CDM attribute → what its value looks like, in a pattern and in words. */
export const SHAPES: Readonly<Record<string, readonly [RegExp, string]>> = {
  DotNotation: [/^(\d{1,3})(\.\d{1,3}){3}$/, 'an address such as 192.0.2.7'],
  SystemBoardUUID: [/^[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}$/i, 'a UUID'],
  PrimaryMACAddress: [/^([\da-f]{2}[:-]?){5}[\da-f]{2}$/i, 'a MAC address'],
}
