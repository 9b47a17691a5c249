/**
 * The one table between IBM's Common Data Model and Waybill's classes, for reading and for writing. There is no public
 * XSD of the model, so it holds what published books and documents show; a class or attribute that it lacks is reported.
 */

export interface CdmClass {
  /** As in a book, e.g. 'sys.ComputerSystem'. */
  cdm: string
  /** Waybill's class; null: known, but nothing that Waybill keeps. */
  className: string | null
  /** Written for items with such values, where several CDM classes are one of ours. */
  fits?: { attribute: string; like: RegExp }
  /** CDM attributes that give the name, the best first. */
  name: readonly string[]
  /** CDM attribute → attribute of Waybill's class. */
  attributes: Readonly<Record<string, string>>
  /** CDM attributes that repeat what is told otherwise, or the class. */
  silent?: readonly string[]
  /** CDM attribute → kind of a mark by which the item may be known elsewhere. */
  identifiers?: Readonly<Record<string, string>>
  /** One of them must be satisfied (certification check 04). */
  naming: readonly NamingRule[]
}

export interface NamingRule {
  /** All must be there. */
  attributes: readonly string[]
  /** And one of these relationships, with the element at this end, or a `superior`. */
  context?: { relations: readonly string[]; end: 'source' | 'target' }
}

/** Ours: the key of an element in its management software system, for what nothing else names. */
const MANAGED: NamingRule = { attributes: ['ManagedSystemName'] }
const onHost = { relations: ['installedOn', 'runsOn'], end: 'source' } as const
const LABELS = ['Label', 'Name', 'DisplayName']

const computer: Omit<CdmClass, 'cdm' | 'className'> = {
  name: ['Label', 'Name', 'Fqdn', 'ManagedSystemName', 'Signature'],
  attributes: {
    Fqdn: 'fqdn',
    Manufacturer: 'manufacturer',
    Model: 'model',
    SerialNumber: 'serialNumber',
    SystemBoardUUID: 'systemUuid',
    Architecture: 'arch',
    Description: 'description',
  },
  // Of the signature come the address and the MAC address.
  silent: ['Type', 'Signature', 'PrimaryMACAddress'],
  identifiers: {
    Fqdn: 'fqdn',
    SerialNumber: 'serial-number',
    SystemBoardUUID: 'system-uuid',
    PrimaryMACAddress: 'mac',
  },
  naming: [
    { attributes: ['Signature'] },
    { attributes: ['SystemBoardUUID'] },
    { attributes: ['Manufacturer', 'Model', 'SerialNumber'] },
    { attributes: ['PrimaryMACAddress'] },
    MANAGED,
    { attributes: ['VMID'], context: onHost },
  ],
}

const system: Omit<CdmClass, 'cdm' | 'className'> = {
  name: ['Label', 'Name', 'OSName'],
  attributes: { OSName: 'osName', OSVersion: 'osVersion', KernelVersion: 'kernelVersion', FQDN: 'fqdn' },
  silent: ['OSConfidence', 'OsId'],
  naming: [{ attributes: [], context: onHost }, MANAGED],
}

const software: Omit<CdmClass, 'cdm' | 'className'> = {
  name: ['Label', 'Name', 'ProductName'],
  attributes: {
    ProductName: 'package',
    VersionString: 'version',
    ManufacturerName: 'vendor',
    InstalledLocation: 'path',
  },
  naming: [
    { attributes: ['ProductName'], context: onHost },
    { attributes: ['Name'] },
    { attributes: ['Label'] },
    MANAGED,
  ],
}

const server: Omit<CdmClass, 'cdm' | 'className'> = {
  ...software,
  attributes: { ProductName: 'product', ProductVersion: 'version', VendorName: 'vendor', VersionString: 'version' },
}

const named: Omit<CdmClass, 'cdm' | 'className'> = {
  name: LABELS,
  attributes: { Description: 'description' },
  naming: [{ attributes: ['Name'] }, { attributes: ['Label'] }, MANAGED],
}

/** The first row of a Waybill class is the one that is written. */
export const cdmClasses: readonly CdmClass[] = [
  { cdm: 'sys.ComputerSystem', className: 'ComputerSystem', ...computer },
  { cdm: 'sys.linux.LinuxUnitaryComputerSystem', className: 'ComputerSystem', ...computer },
  { cdm: 'sys.windows.WindowsComputerSystem', className: 'ComputerSystem', ...computer },
  { cdm: 'sys.aix.AixUnitaryComputerSystem', className: 'ComputerSystem', ...computer },
  { cdm: 'sys.OperatingSystem', className: 'OperatingSystem', ...system },
  { cdm: 'sys.linux.Linux', className: 'Linux', ...system },
  { cdm: 'sys.windows.WindowsOperatingSystem', className: 'Windows', ...system },
  { cdm: 'sys.aix.Aix', className: 'Aix', ...system },
  { cdm: 'sys.hpux.HpUx', className: 'HpUx', ...system },
  { cdm: 'sys.sun.Solaris', className: 'Solaris', ...system },
  { cdm: 'sys.zOS.ZOS', className: 'ZOs', ...system },
  {
    cdm: 'net.IpInterface',
    className: 'NetworkInterface',
    name: LABELS,
    attributes: { InterfaceName: 'interfaceName', HwAddress: 'macAddress', Description: 'description' },
    identifiers: { HwAddress: 'mac' },
    naming: [
      { attributes: [], context: { relations: ['contains'], end: 'target' } },
      { attributes: ['Name'] },
      { attributes: ['Label'] },
      MANAGED,
    ],
  },
  {
    cdm: 'net.IpV4Address',
    className: 'IpAddress',
    name: ['Label', 'DotNotation', 'StringNotation'],
    attributes: { DotNotation: 'address', StringNotation: 'address' },
    naming: [{ attributes: ['DotNotation'] }, { attributes: ['StringNotation'] }, MANAGED],
  },
  {
    cdm: 'net.IpV6Address',
    className: 'IpAddress',
    fits: { attribute: 'address', like: /:/ },
    name: ['Label', 'StringNotation'],
    attributes: { StringNotation: 'address' },
    naming: [{ attributes: ['StringNotation'] }, MANAGED],
  },
  {
    cdm: 'net.Fqdn',
    className: 'Fqdn',
    name: ['Label', 'Fqdn'],
    attributes: { Fqdn: 'fqdn' },
    naming: [{ attributes: ['Fqdn'] }, MANAGED],
  },
  { cdm: 'app.SoftwareInstallation', className: 'SoftwareInstallation', ...software },
  { cdm: 'app.SoftwareServer', className: 'SoftwareServer', ...server },
  { cdm: 'app.AppServer', className: 'ApplicationServer', ...server },
  { cdm: 'app.web.WebServer', className: 'WebServer', ...server },
  { cdm: 'app.db.DatabaseServer', className: 'DatabaseServer', ...server },
  { cdm: 'app.db.Database', className: 'Database', ...named },
  { cdm: 'app.Application', className: 'Application', ...named },
  { cdm: 'sys.ComputerSystemCluster', className: 'Cluster', ...named },
  { cdm: 'sys.BusinessSystem', className: 'BusinessService', ...named },
  { cdm: 'process.Organization', className: 'Organization', ...named },
  { cdm: 'process.ManagementSoftwareSystem', className: null, ...named },
  { cdm: 'core.LogicalContent', className: null, ...named },
  { cdm: 'dev.StorageVolume', className: null, ...named },
]

/** Classes that the table lacks but whose family it knows: they are taken as the nearest ancestor, and that is reported. */
const FAMILIES: readonly [RegExp, string][] = [
  [/^sys\..*ComputerSystem$/, 'sys.ComputerSystem'],
  [/^sys\.(.*\.)?[A-Za-z]*OperatingSystem$/, 'sys.OperatingSystem'],
  [/^app\.db\..*(Server|Instance|Subsystem)$/, 'app.db.DatabaseServer'],
  [/^app\.db\..*Database$/, 'app.db.Database'],
  [/^app\.j2ee\..*Server$/, 'app.AppServer'],
  [/^app\.web\..*Server$/, 'app.web.WebServer'],
  [/^app\..*(Server|QueueManager|Subsystem)$/, 'app.SoftwareServer'],
  [/^app\..*(Installation|Product)$/, 'app.SoftwareInstallation'],
]

const byName = new Map(cdmClasses.map((one) => [one.cdm, one]))

/** The row of a CDM class, else that of its family with `isAncestor`; undefined if neither is known. */
export function cdmClassOf(cdm: string): { row: CdmClass; isAncestor: boolean } | undefined {
  const row = byName.get(cdm)
  if (row) return { row, isAncestor: false }
  const family = FAMILIES.find(([pattern]) => pattern.test(cdm))
  return family && { row: byName.get(family[1])!, isAncestor: true }
}

export interface CdmRelation {
  cdm: string
  type: string
  /** Waybill's type goes the other way. */
  turned: boolean
}

/** Whatever type the table lacks keeps its name in both directions. */
export const cdmRelations: readonly CdmRelation[] = [
  { cdm: 'runsOn', type: 'runsOn', turned: false },
  { cdm: 'installedOn', type: 'installedOn', turned: false },
  { cdm: 'contains', type: 'partOf', turned: true },
  { cdm: 'bindsTo', type: 'bindsTo', turned: false },
  { cdm: 'assignedTo', type: 'assignedTo', turned: false },
  { cdm: 'dependsOn', type: 'dependsOn', turned: false },
  { cdm: 'uses', type: 'dependsOn', turned: false },
  { cdm: 'memberOf', type: 'memberOf', turned: false },
  { cdm: 'locatedAt', type: 'locatedIn', turned: false },
]

/** `extattr` that carries the Waybill class where CDM has no class of its own for it. */
export const CLASS_ATTRIBUTE = 'waybill:class'
