/**
 * What Migration20261125_20_catalogue loads; never edited after landing. One class a line: name, title, parent, kind and
 * attributes; what is indented goes on with the line before. An attribute reads `name: Title`, then its type (text when
 * left out) with its unit, or the values of an enumeration, in brackets. `*`: promotion copies it. `!`: only people say it.
 */
export const preloadedClasses = `
ConfigurationItem | Configuration item |  | abstract | !owner: Owner; !supportGroup: Support group;
  description: Description; tags: Tags (textList)
Place | Place | ConfigurationItem | abstract | code: Code; facility: Facility
Region | Region | Place |  |
Site | Site | Place |  | address: Address; country: Country; timeZone: Time zone; latitude: Latitude (number °);
  longitude: Longitude (number °)
Location | Location | Place |  | floor: Floor; room: Room
Rack | Rack | Place |  | heightUnits: Height (integer U); serialNumber: Serial number
Component | Component | ConfigurationItem | abstract |
ComputerSystem | Computer system | Component | targetable | *role: Role; *platform: Platform; *arch: Architecture;
  *address: Address; *port: Port (integer); *machineId: Machine ID; serialNumber: Serial number; *model: Model;
  *manufacturer: Manufacturer; systemBoardUuid: System board UUID; *fqdn: Full name in DNS;
  sshHostKeyFingerprint: Fingerprint of the SSH host key; macAddresses: MAC addresses (textList);
  signature: Signature; vmId: Virtual machine ID; managedSystemName: Managed system name;
  *kind: Kind (enumeration physical, virtual, partition, container, unknown); *memory: Memory (integer B);
  *cpus: Processors (integer); cpuModel: Processor; *osName: Operating system;
  *osVersion: Version of the operating system; kernel: Kernel; !assetTag: Asset tag;
  rackPosition: Position in the rack (number U); runningVersion: Running version; answering: Answering (boolean);
  startedAt: Started (instant)
VirtualMachine | Virtual machine | ComputerSystem |  | disk: Disk (integer B)
LogicalPartition | Logical partition | ComputerSystem |  | partitionNumber: Partition number (integer)
NetworkDevice | Network device | ComputerSystem | not targetable | deviceType: Device type; firmware: Firmware
StorageSystem | Storage system | ComputerSystem | not targetable | capacity: Capacity (integer B)
StorageVolume | Storage volume | Component |  | capacity: Capacity (integer B); fileSystem: File system;
  mountPoint: Mount point
Software | Software | Component | abstract | vendor: Vendor
OperatingSystem | Operating system | Software |  | *osName: Name; *osVersion: Version; *kernelVersion: Kernel;
  fqdn: Full name in DNS;
  patchLevel: Patch level; *arch: Architecture; hostname: Host name; bootedAt: Booted (instant)
Linux | Linux | OperatingSystem |  | *distribution: Distribution; machineId: Machine ID
Windows | Windows | OperatingSystem |  | *edition: Edition; *servicePack: Service pack; domain: Domain
Aix | AIX | OperatingSystem |  | *technologyLevel: Technology level; *servicePack: Service pack
HpUx | HP-UX | OperatingSystem |  |
Solaris | Solaris | OperatingSystem |  | zone: Zone
ZOs | z/OS | OperatingSystem |  | sysplex: Sysplex; smfId: SMF ID
MacOs | macOS | OperatingSystem |  |
SoftwareInstallation | Software installation | Software |  | *package: Package; *version: Version; *digest: Digest;
  path: Path; arch: Architecture; packageType: Kind of package; purl: Package URL; installedAt: Installed (instant)
SoftwareServer | Software server | Software |  | *version: Version; *port: Port (integer);
  listenAddresses: Listens on (textList); path: Path; processName: Process; answering: Answering (boolean)
ApplicationServer | Application server | SoftwareServer |  | node: Node; cell: Cell
WebServer | Web server | SoftwareServer |  |
DatabaseServer | Database server | SoftwareServer |  | engine: Engine; instance: Instance
MessagingServer | Messaging server | SoftwareServer |  | queueManager: Queue manager
DirectoryServer | Directory server | SoftwareServer |  | baseDn: Base DN
Application | Application | Software |  | *version: Version; purpose: Purpose
Database | Database | Software |  | *version: Version; engine: Engine; encoding: Encoding; size: Size (integer B)
Group | Group | Component | abstract |
Cluster | Cluster | Group |  | clusterType: Cluster type
KubernetesCluster | Kubernetes cluster | Cluster |  | *version: Version; apiServer: API server;
  clusterUid: Cluster UID
RedundancyGroup | Redundancy group | Group |  | minimumWorking: Members that must work (integer)
KubernetesObject | Kubernetes object | Component | abstract | namespace: Namespace; uid: UID;
  labels: Labels (textList); apiVersion: API version
Namespace | Namespace | KubernetesObject |  |
Workload | Workload | KubernetesObject | abstract | *replicas: Replicas (integer); *images: Images (textList);
  selector: Selector
KubernetesDeployment | Kubernetes deployment | Workload |  | strategy: Strategy
StatefulSet | Stateful set | Workload |  | serviceName: Service
DaemonSet | Daemon set | Workload |  |
KubernetesJob | Kubernetes job | Workload |  |
CronJob | Cron job | Workload |  | schedule: Schedule
Pod | Pod | KubernetesObject |  | phase: Phase; podIp: IP address; nodeName: Node
KubernetesService | Kubernetes service | KubernetesObject |  | serviceType: Type; clusterIp: Cluster IP;
  ports: Ports (textList); selector: Selector
Ingress | Ingress | KubernetesObject |  | hosts: Hosts (textList)
Container | Container | Component |  | *image: Image; *digest: Digest; containerId: Container ID;
  ports: Ports (textList)
ContainerImage | Container image | ConfigurationItem |  | reference: Reference; digest: Digest; purl: Package URL

  BusinessService | Business service | Component |  | !criticality: Criticality (enumeration low, medium, high, critical);
  !serviceHours: Service hours
NetworkInterface | Network interface | Component |  | *interfaceName: Interface; *macAddress: MAC address; *mtu: MTU (integer B);
  *speed: Speed (integer bit/s); enabled: Enabled (boolean); interfaceType: Type
IpAddress | IP address | ConfigurationItem |  | *address: Address; ipVersion: IP version (integer); *prefixLength: Prefix length (integer);
  dnsName: Name in DNS; addressRole: Role
IpV4Address | IPv4 address | IpAddress |  |
IpV6Address | IPv6 address | IpAddress |  |
Fqdn | Full DNS name | ConfigurationItem |  | *fqdn: Full name in DNS; domain: Domain
Prefix | Prefix | ConfigurationItem |  | prefix: Prefix; prefixRole: Role
Vlan | VLAN | ConfigurationItem |  | vid: VLAN ID (integer)
Vrf | VRF | ConfigurationItem |  | routeDistinguisher: Route distinguisher
Certificate | Certificate | ConfigurationItem |  | subject: Subject; issuer: Issuer; fingerprint: Fingerprint;
  notAfter: Valid until (instant)

  Environment | Environment | ConfigurationItem |  | purpose: Purpose (enumeration development, test, staging, production, training)
Organization | Organization | ConfigurationItem |  | contact: Contact; email: E-mail
Tenant | Tenant | Organization |  | code: Code
`

/**
 * Name, title, inverse name and title, rule, and the classes that may be joined: every one before `>` with every one after it.
 * `inside`: the source is inside the target.
 */
export const preloadedTypes = `

  locatedIn | is located in | contains | contains | inside TARGET_TO_SOURCE MANY_TO_ONE | Place, ComputerSystem, Application, Group, StorageVolume, Organization > Place

  runsOn | runs on | runs | runs | inside TARGET_TO_SOURCE MANY_TO_MANY | Software, Container, Pod, VirtualMachine, LogicalPartition > ComputerSystem;
  Software, VirtualMachine, Container > Cluster;
  Application, Database, SoftwareServer, SoftwareInstallation > OperatingSystem, SoftwareServer; Container > Pod
dependsOn | depends on | supports | is needed by | TARGET_TO_SOURCE MANY_TO_MANY | Component > Component

  installedOn | is installed on | hasInstalled | has installed | inside TARGET_TO_SOURCE MANY_TO_MANY | Software > ComputerSystem, OperatingSystem

  partOf | is part of | hasPart | has the part | inside TARGET_TO_SOURCE MANY_TO_ONE | NetworkInterface, StorageVolume > ComputerSystem;
  NetworkInterface, StorageVolume > Pod; Namespace > KubernetesCluster;
  KubernetesObject > Namespace, KubernetesCluster; Pod > Workload; Container > Pod, Workload;
  Database > DatabaseServer; Software > Application; Organization > Organization; BusinessService > BusinessService

  bindsTo | binds to | boundBy | is bound by | SOURCE_TO_TARGET MANY_TO_MANY | NetworkInterface, SoftwareServer > IpAddress

  assignedTo | is assigned to | hasAssigned | has assigned | TARGET_TO_SOURCE MANY_TO_MANY | Fqdn > IpAddress, ComputerSystem;
  IpAddress > ComputerSystem, NetworkInterface, KubernetesService; Certificate > Component, Fqdn;
  Prefix, Vlan, Vrf > Place

  memberOf | is a member of | hasMember | has the member | SOURCE_TO_TARGET MANY_TO_MANY | Component > Group, Environment;
  IpAddress, Prefix > Prefix, Vrf; NetworkInterface, Prefix > Vlan

  connectedTo | is connected to | connectedFrom | is connected from | NONE MANY_TO_MANY | NetworkInterface, ComputerSystem, StorageVolume > NetworkInterface, ComputerSystem
uses | uses | usedBy | is used by | TARGET_TO_SOURCE MANY_TO_MANY | Component > Component, ContainerImage, Certificate

  provides | provides | providedBy | is provided by | SOURCE_TO_TARGET MANY_TO_MANY | Component, Organization > BusinessService;
  Component > Component
exposes | exposes | exposedBy | is exposed by | TARGET_TO_SOURCE MANY_TO_MANY | KubernetesService > Workload, Pod;
  Ingress > KubernetesService

  hosts | hosts | hostedBy | is hosted by | SOURCE_TO_TARGET MANY_TO_MANY | ComputerSystem, Cluster > VirtualMachine, LogicalPartition, Software, Container
federates | federates | federatedBy | is federated by | NONE MANY_TO_MANY | Software, Cluster > Software, Cluster
manages | manages | managedBy | is managed by | NONE MANY_TO_MANY | Software, ComputerSystem, Organization > Component
owns | owns | ownedBy | is owned by | NONE MANY_TO_MANY | Organization > ConfigurationItem
`

/** The cells of each line. */
export const linesOf = (text: string): string[][] =>
  text
    .replaceAll(/\n +/g, ' ')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('|').map((cell) => cell.trim()))
