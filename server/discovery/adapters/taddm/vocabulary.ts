/** From classes and attributes of TADDM's model to Waybill's, and which attributes are relationships. */

export interface TaddmClass {
  /** Waybill's class. */
  className: string
  /** TADDM attribute → ours. */
  attributes: Readonly<Record<string, string>>
  /** TADDM attribute → kind of a mark by which the thing may be known elsewhere. */
  identifiers?: Readonly<Record<string, string>>
  /** TADDM attribute that holds other objects → type; `turned`: the other object is the source. */
  relations?: Readonly<Record<string, { type: string; turned: boolean }>>
}

const on = (type: string) => ({ type, turned: false })
const has = (type: string) => ({ type, turned: true })

const computer: TaddmClass = {
  className: 'ComputerSystem',
  attributes: {
    fqdn: 'fqdn',
    manufacturer: 'manufacturer',
    model: 'model',
    serialNumber: 'serialNumber',
    systemBoardUUID: 'systemUuid',
    architecture: 'arch',
    contextIp: 'address',
    description: 'description',
  },
  identifiers: {
    fqdn: 'fqdn',
    serialNumber: 'serial-number',
    systemBoardUUID: 'system-uuid',
    primaryMACAddress: 'mac',
  },
  relations: {
    OSRunning: has('runsOn'),
    OSInstalled: has('installedOn'),
    ipInterfaces: has('partOf'),
    host: on('runsOn'),
  },
}
const system = (className: string): TaddmClass => ({
  className,
  attributes: { OSName: 'osName', OSVersion: 'osVersion', kernelVersion: 'kernelVersion', FQDN: 'fqdn' },
  relations: { parent: on('runsOn') },
})
const server = (className: string): TaddmClass => ({
  className,
  attributes: {
    productName: 'product',
    productVersion: 'version',
    versionString: 'version',
    vendorName: 'vendor',
    description: 'description',
  },
  relations: { host: on('runsOn') },
})
const address: TaddmClass = {
  className: 'IpAddress',
  attributes: { stringNotation: 'address', dotNotation: 'address', description: 'description' },
}

/** By the short name. */
export const taddmClasses: Readonly<Record<string, TaddmClass>> = {
  ComputerSystem: computer,
  UnitaryComputerSystem: computer,
  LinuxUnitaryComputerSystem: computer,
  WindowsComputerSystem: computer,
  AixUnitaryComputerSystem: computer,
  HpUxUnitaryComputerSystem: computer,
  SunSPARCUnitaryComputerSystem: computer,
  OperatingSystem: system('OperatingSystem'),
  Linux: system('Linux'),
  WindowsOperatingSystem: system('Windows'),
  Aix: system('Aix'),
  HpUx: system('HpUx'),
  Solaris: system('Solaris'),
  IpInterface: {
    className: 'NetworkInterface',
    attributes: { name: 'interfaceName', macAddress: 'macAddress', description: 'description' },
    relations: { ipAddress: on('bindsTo'), parent: on('partOf') },
  },
  IpAddress: address,
  IpV4Address: address,
  IpV6Address: address,
  Fqdn: { className: 'Fqdn', attributes: { fqdn: 'fqdn' }, relations: { ipAddress: on('assignedTo') } },
  SoftwareInstallation: {
    className: 'SoftwareInstallation',
    attributes: {
      productName: 'package',
      versionString: 'version',
      manufacturerName: 'vendor',
      installedLocation: 'path',
    },
    relations: { installedOn: on('installedOn'), operatingSystem: on('installedOn') },
  },
  AppServer: server('ApplicationServer'),
  J2EEServer: server('ApplicationServer'),
  WebServer: server('WebServer'),
  DatabaseServer: server('DatabaseServer'),
  Db2Instance: server('DatabaseServer'),
  OracleInstance: server('DatabaseServer'),
  SoftwareServer: server('SoftwareServer'),
  Application: { className: 'Application', attributes: { appVersion: 'version', description: 'description' } },
}

/** 'com.collation.platform.model.topology.sys.ComputerSystem' → 'ComputerSystem'. */
export const shortName = (className: string): string => className.slice(className.lastIndexOf('.') + 1)
