import type { Certificate, CheckResult, Finding } from './certify.ts'

/** A certificate for a terminal: one line a check, its findings below. */
export function certificateText({ book, passed, mss, elements, relations, checks }: Certificate): string {
  return [
    `${book}: ${passed ? 'passes' : 'fails'} · ${elements} elements, ${relations} relations${mss ? ` · ${mss}` : ''}`,
    ...checks.flatMap((check) => [
      `  ${check.code} ${verdict(check).padEnd(10)} ${check.title}`,
      ...findingLines(check),
    ]),
    '',
  ].join('\n')
}

const verdict = ({ passed, warnings }: CheckResult) =>
  passed === undefined ? 'not judged' : !passed ? 'FAILED' : warnings ? 'ok, but' : 'ok'

function findingLines({ findings, errors, warnings }: CheckResult): string[] {
  const rest = errors + warnings - findings.length
  return [...findings.map((one) => `       ${inWords(one)}`), ...(rest ? [`       … and ${rest} more`] : [])]
}

const inWords = ({ severity, rule, message, where }: Finding) =>
  `${severity}: ${[where.line && `line ${where.line}`, where.element, rule].filter(Boolean).join(', ')}: ${message}`
