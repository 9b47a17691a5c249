/**
 * What runs on a host: one script, for any POSIX shell, that only reads. It needs no rights; with those of root it sees more
 * (which process owns a socket, the serial number). It asks for nothing that can hold a secret: no environment, no command
 * lines, no files but the ones named here. Every section begins with a mark that no content can forge, because it bears a
 * word made for this session.
 */
const SECTIONS: [name: string, command: string][] = [
  ['host', `hostname; uname -srm; id -u`],
  ['fqdn', `limit hostname -f`],
  ['os-release', `cat /etc/os-release || cat /usr/lib/os-release`],
  ['machine-id', `cat /etc/machine-id || cat /var/lib/dbus/machine-id`],
  [
    'hardware',
    `for f in sys_vendor product_name product_serial product_uuid; do
       [ -r /sys/class/dmi/id/$f ] && printf '%s\\t%s\\n' $f "$(cat /sys/class/dmi/id/$f)"
     done
     printf 'cpus\\t%s\\n' "$(getconf _NPROCESSORS_ONLN)"
     grep MemTotal: /proc/meminfo`,
  ],
  ['host-keys', `for f in /etc/ssh/ssh_host_*_key.pub; do [ -r "$f" ] && cut -d' ' -f1,2 "$f"; done`],
  ['addresses', `have ip && whole ip -j addr`],
  ['listeners', `have ss && whole ss -H -tlnp`],
  [
    'flows',
    `have ss && whole ss -H -tnp state established state close-wait state time-wait state fin-wait-1 state fin-wait-2`,
  ],
  [
    'processes',
    `for d in /proc/[0-9]*; do
       [ "$d" = /proc/$$ ] && continue
       exe=$(program "$d") && printf '%s\\t%s\\n' "\${d#/proc/}" "$exe"
     done`,
  ],
  [
    'dpkg',
    `have dpkg-query && whole dpkg-query -W -f '\${db:Status-Status}\\t\${Package}\\t\${Version}\\t\${Architecture}\\t\${source:Package}\\n'`,
  ],
  [
    'rpm',
    `rpms && whole rpm -qa --qf '%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{VENDOR}\\t%{SOURCERPM}\\n'`,
  ],
  [
    // dpkg knows a file by the path under which it was packed, which may lack the /usr of a merged file system.
    'owners',
    `programs=$(for d in /proc/[0-9]*; do program "$d"; done | sort -u | grep '^/[^ ]*$')
     have dpkg-query && limit dpkg-query -S $programs $(echo "$programs" | sed -n 's,^/usr/,/,p')
     rpms && for p in $programs; do limit rpm -qf --qf "%{NAME}: $p\\n" "$p" | grep ': /'; done`,
  ],
]

/** The names of the sections, in their order. */
export const sectionNames = SECTIONS.map(([name]) => name)

/** Stands in a section whose command failed or took too long, so that what is missing there is not taken for gone. */
export const FAILED = '!failed'

export const markOf = (word: string, name: string) => `=== ${word} ${name}`

/** The script, with the word that marks its sections. `seconds` bounds every single question that could hang. */
export function scriptWith(word: string, seconds: number): string {
  return `LC_ALL=C; LANG=C; export LC_ALL LANG
PATH=$PATH:/usr/sbin:/sbin; export PATH
have() { command -v "$1" >/dev/null 2>&1; }
if have timeout; then limit() { timeout ${seconds} "$@"; }; else limit() { "$@"; }; fi
# Systems that are not built from rpm packages may have rpm all the same, but no database.
rpms() { have rpm && ls /var/lib/rpm /usr/lib/sysimage/rpm 2>/dev/null | grep -qE '^(rpmdb\\.sqlite|Packages)'; }
whole() { limit "$@" || printf '\\n%s\\n' '${FAILED}'; }
# The program of a process. That of others' processes only root may ask for; then the first word that the process was started
# with will do, if it is the path of a program that exists. The rest of that line is never looked at.
program() {
  path=$(readlink "$1/exe") || path=$(tr '\\0' '\\n' <"$1/cmdline" | head -n 1)
  path=\${path% (deleted)}
  case $path in /*) [ -x "$path" ] && [ -f "$path" ] && echo "$path";; *) false;; esac
}
${SECTIONS.map(([name, command]) => `printf '\\n%s\\n' '${markOf(word, name)}'\n{ ${command}\n} 2>/dev/null </dev/null`).join('\n')}
printf '\\n%s\\n' '${markOf(word, 'end')}'
`
}
