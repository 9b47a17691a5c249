# The life of one lab host. It starts in namespaces of its own (mounts, name, network, processes), stacks a writable layer
# upon the root file system of this machine, and starts an sshd and a small service there. Everything it makes lives in those
# namespaces, so all of it is gone as soon as this script ends, and it ends when its standard input does: at the end of the
# test, and after a crash of it too.
#
#   host.sh outside <folder>   mounts and enters the host
#   host.sh inside             what then runs as process 1 of the host
#
# LAB_NAME, LAB_ADDRESS, LAB_MACHINE_ID, LAB_SERIAL, LAB_KEY (the public key that may log in),
# LAB_PACKAGE, LAB_VERSION (the service), LAB_UPSTREAM (address:port that the service talks to; may be empty)
set -eu

outside() {
  mount --make-rprivate /
  mkdir -p "$1"
  mount -t tmpfs tmpfs "$1"
  mkdir "$1/upper" "$1/work" "$1/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
  mount -t proc proc "$1/root/proc"
  mount --rbind /dev "$1/root/dev"
  mount -t tmpfs tmpfs "$1/root/run"
  mkdir -p "$1/root/lab"
  cp "$0" "$1/root/lab/host.sh"
  exec chroot "$1/root" /bin/sh /lab/host.sh inside
}

identity() {
  hostname "$LAB_NAME"
  echo "$LAB_NAME" >/etc/hostname
  printf '127.0.0.1 localhost\n%s %s.lab.invalid %s\n' "$LAB_ADDRESS" "$LAB_NAME" "$LAB_NAME" >/etc/hosts
  rm -f /etc/machine-id && echo "$LAB_MACHINE_ID" >/etc/machine-id
  mkdir -p /sys/class/dmi/id
  echo "$LAB_SERIAL" >/sys/class/dmi/id/product_serial
  echo 'Lab maker' >/sys/class/dmi/id/sys_vendor
  echo 'discover:*:4711:4711:Reads only:/:/bin/sh' >>/etc/passwd
}

# A real package whose program is a real process with a real listener: a copy of the interpreter under a name of its own.
service() {
  mkdir -p "/lab/deb/DEBIAN" "/lab/deb/usr/lib/$LAB_PACKAGE"
  cp "$(readlink -f /usr/bin/perl)" "/lab/deb/usr/lib/$LAB_PACKAGE/$LAB_PACKAGE"
  printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Lab <lab@lab.invalid>\nDescription: lab service\n' \
    "$LAB_PACKAGE" "$LAB_VERSION" >/lab/deb/DEBIAN/control
  dpkg-deb -Znone --build /lab/deb /lab/service.deb >/dev/null
  dpkg --force-unsafe-io --install /lab/service.deb >/dev/null 2>&1
  cat >/lab/service.pl <<'PERL'
use IO::Socket::INET;
my ($upstream, $secret) = @ARGV;
my $listener = IO::Socket::INET->new(Listen => 16, LocalPort => 8000, ReuseAddr => 1) or die $!;
my $up;
until (!$upstream || $upstream eq '-' || ($up = IO::Socket::INET->new(PeerAddr => $upstream))) { sleep 1 }
my @clients;
while (my $client = $listener->accept) { push @clients, $client }
PERL
  # What a process is told on its command line and in its environment is nobody else's business.
  SHOP_TOKEN=hush-environment "/usr/lib/$LAB_PACKAGE/$LAB_PACKAGE" /lab/service.pl "${LAB_UPSTREAM:--}" hush-argument \
    </dev/null >/dev/null 2>&1 &
}

ssh_server() {
  rm -f /etc/ssh/ssh_host_*
  ssh-keygen -q -t ed25519 -N '' -C "root@$LAB_NAME" -f /etc/ssh/ssh_host_ed25519_key
  mkdir -p /run/sshd
  echo "$LAB_KEY" >/lab/authorized_keys
  cat >/lab/sshd_config <<'CONFIG'
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /lab/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
StrictModes no
PidFile /run/lab-sshd.pid
CONFIG
  /usr/sbin/sshd -f /lab/sshd_config -E /lab/sshd.log </dev/null
}

inside() {
  identity
  echo placed
  read -r _ # until the cable is plugged in
  ip link set lo up
  ip addr add "$LAB_ADDRESS/24" dev eth0
  ip link set eth0 up
  service
  ssh_server
  echo ready
  read -r _ || true # until the test ends
}

case "$1" in
  outside) outside "$2" ;;
  inside) inside ;;
esac
