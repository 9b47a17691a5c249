/** Which class an object is of and what is told of it. The values of environment variables never are. */
import type { SeenItem } from '../adapter.ts'
import { list, record, texts, type KubeObject } from './objects.ts'

const CLASSES: Record<string, string> = {
  Namespace: 'Namespace',
  Node: 'ComputerSystem',
  Deployment: 'KubernetesDeployment',
  StatefulSet: 'StatefulSet',
  DaemonSet: 'DaemonSet',
  Job: 'KubernetesJob',
  CronJob: 'CronJob',
  Pod: 'Pod',
  Service: 'KubernetesService',
  Ingress: 'Ingress',
}
/** Objects that are in no namespace. */
export const CLUSTER_WIDE: ReadonlySet<string> = new Set(['Namespace', 'Node'])

export const classOf = (kind: string): string | undefined => CLASSES[kind]
const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod'])
export const isWorkload = ({ kind }: KubeObject) => WORKLOADS.has(kind)

/** The template of the pods of a workload; a pod is its own. */
export function podOf(object: KubeObject): { labels: Record<string, string>; spec: Record<string, unknown> } {
  if (object.kind === 'Pod') return { labels: object.labels, spec: object.spec }
  const owner = object.kind === 'CronJob' ? record(record(object.spec.jobTemplate).spec) : object.spec
  const template = record(owner.template)
  return { labels: texts(record(template.metadata).labels), spec: record(template.spec) }
}

export const containersOf = (object: KubeObject) => {
  const { spec } = podOf(object)
  return [...list(spec.initContainers), ...list(spec.containers)]
}

export function attributesOf(object: KubeObject): SeenItem['attributes'] {
  const { kind, spec, status } = object
  if (kind === 'Node') return nodeAttributes(object)
  const ports = list(spec.ports).map(
    ({ port, protocol }) => `${String(protocol ?? 'TCP').toLowerCase()}/${String(port)}`,
  )
  const images = [...new Set(containersOf(object).flatMap(({ image }) => (typeof image === 'string' ? [image] : [])))]
  const selector = texts(record(spec.selector).matchLabels ?? (kind === 'Service' ? spec.selector : {}))
  return known({
    namespace: CLUSTER_WIDE.has(kind) ? null : object.namespace,
    uid: object.uid,
    apiVersion: object.apiVersion,
    labels: pairs(object.labels),
    ...(isWorkload(object) && kind !== 'Pod' ? { images, selector: pairs(selector).join(', ') } : {}),
    ...(['Deployment', 'StatefulSet'].includes(kind) ? { replicas: spec.replicas ?? 1 } : {}),
    ...(kind === 'Deployment' ? { strategy: record(spec.strategy).type ?? 'RollingUpdate' } : {}),
    ...(kind === 'CronJob' ? { schedule: spec.schedule } : {}),
    ...(kind === 'StatefulSet' ? { serviceName: spec.serviceName } : {}),
    ...(kind === 'Pod' ? { phase: status.phase, podIp: status.podIP, nodeName: spec.nodeName } : {}),
    ...(kind === 'Service'
      ? {
          serviceType: spec.type ?? 'ClusterIP',
          clusterIp: spec.clusterIP,
          ports,
          selector: pairs(selector).join(', '),
        }
      : {}),
    ...(kind === 'Ingress' ? { hosts: list(spec.rules).flatMap(({ host }) => (host ? [String(host)] : [])) } : {}),
  })
}

function nodeAttributes({ status }: KubeObject): SeenItem['attributes'] {
  const info = record(status.nodeInfo)
  const address = list(status.addresses).find(({ type }) => type === 'InternalIP')?.address
  return known({
    platform: info.operatingSystem,
    arch: info.architecture,
    machineId: info.machineID,
    systemBoardUuid: info.systemUUID,
    kernel: info.kernelVersion,
    osName: info.osImage,
    address,
  })
}

const pairs = (labels: Record<string, string>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()

const known = (attributes: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(attributes).filter(
      ([, value]) => value != null && value !== '' && !(Array.isArray(value) && !value.length),
    ),
  ) as SeenItem['attributes']
