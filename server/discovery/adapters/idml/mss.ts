import type { ElementPart } from './parts.ts'
import { BookFault } from './fault.ts'

export interface Mss {
  hostname: string
  manufacturer: string
  product: string
}

/** The long name of a management software system, as this program writes it. */
export const mssName = ({ hostname, manufacturer, product }: Mss) =>
  `ibm-cdm:///CDMMSS/Hostname=${hostname}+ManufacturerName=${manufacturer}+ProductName=${product}`

/**
 * The one name of the system that a book comes from, whatever spelling the book has: tools write `+Manufacturer=` and
 * `+ManufacturerName=` for the same system. Without an MSSName it is made from host, manufacturer and product.
 *
 * @throws BookFault when the book does not say enough
 */
export function mssOf(element: ElementPart): string {
  const value = (name: string) => element.attributes.get(name)?.[0]
  const written = value('MSSName')
  if (written) return sameSpelling(written)
  const [hostname, manufacturer, product] = [value('Hostname'), value('ManufacturerName'), value('ProductName')]
  if (hostname && manufacturer && product) return mssName({ hostname, manufacturer, product })
  throw new BookFault(
    'source-mss',
    'The management software system that wrote the book has no MSSName, nor Hostname, ManufacturerName and ProductName.',
    { line: element.line, element: `cdm:${element.cdmClass}` },
  )
}

function sameSpelling(written: string): string {
  const found = /^ibm-cdm:\/\/\/CDMMSS\/(.+)$/.exec(written)
  if (!found) return written
  // A plus inside a value belongs to the value.
  const parts = found[1]!.split(/\+(?=(?:Hostname|Manufacturer|ManufacturerName|ProductName)=)/)
  const values = new Map(parts.map((part) => part.split(/=(.*)/s, 2) as [string, string]))
  const hostname = values.get('Hostname')
  const manufacturer = values.get('ManufacturerName') ?? values.get('Manufacturer')
  const product = values.get('ProductName')
  if (values.size !== 3 || !hostname || !manufacturer || !product) return written
  return mssName({ hostname, manufacturer, product })
}
