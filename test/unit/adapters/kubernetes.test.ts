/** Kubernetes as it is exported: manifests, lists of the API, and what is listed because nothing is for it. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { kubernetesAdapter } from '../../../server/discovery/adapters/kubernetes/index.ts'
import { counts, edges, item, messages, read } from '../../support/sightings.ts'

const DATA = join(import.meta.dirname, '../../data')

describe('the manifests of Online Boutique', () => {
  const config = { path: join(DATA, 'kubernetes/online-boutique.yaml'), cluster: 'shop' }

  test('become twelve deployments and the graph of their services', async () => {
    const all = await read(kubernetesAdapter(), config)
    expect(counts(all)).toEqual({
      KubernetesCluster: 1,
      Namespace: 1,
      KubernetesDeployment: 12,
      KubernetesService: 12,
      partOf: 25,
      exposes: 12,
      dependsOn: 16,
      unmapped: 1,
      'unmapped-field': expect.any(Number),
      'unknown-service': 1,
      scope: 3,
      complete: 1,
    })
    expect(messages(all, 'unmapped')[0]).toMatch(
      /^No class is for ServiceAccount: frontend, adservice, .* were left out\.$/,
    )
    expect(messages(all, 'unknown-service')).toEqual([
      'Deployment frontend names shoppingassistantservice in SHOPPING_ASSISTANT_SERVICE_ADDR, but there is no such service.',
    ])
    expect(edges(all, 'dependsOn')).toContain('Deployment/default/cartservice → Service/default/redis-cart')
    expect(item(all, 'Deployment/default/frontend').attributes).toMatchObject({ replicas: 1, selector: 'app=frontend' })
  })

  test('tell nothing of what is in the environment but the services', async () => {
    const all = JSON.stringify(await read(kubernetesAdapter(), config))
    expect(all).not.toContain('shop_session-id')
    expect(all).not.toContain('ENABLE_PROFILER')
    expect(all).not.toContain('productcatalogservice:3550')
  })
})

describe('objects of Kubernetes', () => {
  const config = { path: '/nowhere', cluster: 'c' }
  const from = (text: string) => read(kubernetesAdapter(), config, text)

  test('come as a list of the API too, with ingresses, nodes and namespaces', async () => {
    const object = (kind: string, name: string, spec: object, rest = {}) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'x', ...rest },
      spec,
    })
    const items = [
      object('Node', 'n1', {}),
      object('Service', 'web', { selector: { a: 'b' }, ports: [{ port: 80 }] }),
      object('Ingress', 'in', {
        rules: [{ host: 'shop.example', http: { paths: [{ backend: { service: { name: 'web' } } }] } }],
      }),
      object('CronJob', 'cj', {
        schedule: '* * * * *',
        jobTemplate: {
          spec: {
            template: {
              spec: {
                containers: [{ image: 'i', env: [{ name: 'U', value: 'http://web.x.svc.cluster.local:80/y' }] }],
              },
            },
          },
        },
      }),
      object('Pod', 'p', { containers: [{ image: 'i' }] }, { labels: { a: 'b' }, uid: 'u-1' }),
    ]
    const all = await from(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    expect(edges(all, 'exposes')).toEqual(['Service/x/web → Pod/x/p', 'Ingress/x/in → Service/x/web'])
    expect(edges(all, 'dependsOn')).toEqual(['CronJob/x/cj → Service/x/web'])
    expect(item(all, 'Node//n1').className).toBe('ComputerSystem')
    expect(item(all, 'Pod/x/p').identifiers).toEqual([{ kind: 'uid', value: 'u-1' }])
  })

  test('that are broken are named with their line, and the others are read', async () => {
    const all = await from(
      'kind: Service\nmetadata: {name: a}\n---\nfoo: [\n---\n- list\n---\nkind: Pod\n---\nkind: Service\nmetadata: {name: a}\n',
    )
    expect(counts(all)).toMatchObject({ KubernetesService: 1, yaml: 1, 'no-object': 2, twice: 1 })
    expect(all.find((one) => one.kind === 'problem' && one.rule === 'yaml')).toMatchObject({
      where: { line: 5, column: 1, source: 'file.yaml', element: 'document 2' },
    })
    expect(counts(all)).not.toHaveProperty('complete')
  })

  test('have a line with its number and path for each field that nothing takes, and never its value', async () => {
    const all = await from(
      `kind: Deployment
metadata: {name: a, annotations: {owner: hush}, resourceVersion: '7'}
spec:
  replicas: 2
  paused: false
  template:
    spec:
      containers:
      - {image: i, command: [run, hush], env: [{name: TOKEN, value: hush}]}
      - {image: j, command: [run]}
---
kind: List
items:
- {kind: Service, metadata: {name: s}, spec: {sessionAffinity: None}}

- {kind: Service, spec: {}}
`,
    )
    const listed = all.flatMap((one) =>
      one.kind === 'problem' ? [`${one.where?.line} ${one.rule}: ${one.where?.element}`] : [],
    )
    expect(listed).toEqual([
      '16 no-object: document 2, items[1]',
      '1 unmapped-field: 1 × Deployment metadata.annotations.owner, first Deployment a (document 1)',
      '1 unmapped-field: 3 × Deployment spec.template.spec.containers[].command[], first Deployment a (document 1)',
      '1 unmapped-field: 1 × Deployment spec.template.spec.containers[].env[].name, first Deployment a (document 1)',
      '14 unmapped-field: 1 × Service spec.sessionAffinity, first Service s (document 2, items[0])',
    ])
    expect(JSON.stringify(all)).not.toContain('hush')
  })

  test('that grow out of aliases are refused', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ]
    const all = await from(bomb.join('\n'))
    expect(messages(all, 'yaml')[0]).toContain('cannot be taken apart')
  })
})
