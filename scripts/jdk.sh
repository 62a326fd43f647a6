# Finds a JDK for ./chancery and ./check. Sourced, never run. Works with bash 3.2 (macOS).

JDK_WANTED=25

# What the `release` file in a JDK's directory says: sets JDK_VERSION to the feature version (17, 25, …; 0 if there is none)
# and JDK_BUILD to a word that differs between builds. Starting a JVM to ask takes longer than everything else here.
jdk_read() {
  local line vendor= build=
  JDK_VERSION=0
  JDK_BUILD=
  [ -r "$1/release" ] || return 0
  while IFS= read -r line; do
    case $line in
    JAVA_VERSION=*)
      line=${line#*=}
      line=${line#\"}
      JDK_VERSION=${line%%[!0-9]*}
      ;;
    IMPLEMENTOR=*) vendor=${line#*=} ;;
    JAVA_RUNTIME_VERSION=*) build=${line#*=} ;;
    esac
  done <"$1/release"
  JDK_VERSION=${JDK_VERSION:-0}
  JDK_BUILD=$vendor-$build
  JDK_BUILD=${JDK_BUILD//[!A-Za-z0-9.+-]/}
}

# Is there a new enough JDK in a directory, with the given program in it (javac to build, java to run)?
jdk_fits() {
  [ -n "$1" ] && [ -x "$1/bin/$2" ] && jdk_read "$1" && [ "$JDK_VERSION" -ge "$JDK_WANTED" ]
}

# The home of the java on the PATH, or nothing.
jdk_on_path() {
  local java home
  java=$(command -v java) || return 0
  home=$(readlink -f "$java" 2>/dev/null) && home=${home%/bin/java}
  if [ ! -r "$home/release" ]; then # a shim (jenv, asdf, macOS): ask it
    home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
  fi
  echo "$home"
}

# Sets JDK to the home of a JDK that has the given program, and what jdk_read sets; fails without one.
jdk_find() {
  local program=$1 home
  JDK=
  if jdk_fits "${JAVA_HOME:-}" "$program"; then
    JDK=$JAVA_HOME
    return 0
  fi
  home=$(jdk_on_path)
  if jdk_fits "$home" "$program"; then
    JDK=$home
    return 0
  fi
  for home in /usr/lib/jvm/* /opt/* "$HOME"/.sdkman/candidates/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if jdk_fits "$home" "$program"; then
      JDK=$home
      return 0
    fi
  done
  return 1
}

jdk_how_to_get() {
  cat >&2 <<EOF
$1: needs a JDK, version $JDK_WANTED or newer, and found none (looked at JAVA_HOME, PATH, /usr/lib/jvm, /opt, SDKMAN).
Any vendor's will do. For instance Eclipse Temurin $JDK_WANTED:
  Debian, Ubuntu   apt install temurin-$JDK_WANTED-jdk   (add Adoptium's repository: https://adoptium.net/installation/linux)
                   or, where the release has it: apt install openjdk-$JDK_WANTED-jdk-headless
  macOS            brew install --cask temurin@$JDK_WANTED
  SDKMAN           sdk install java $JDK_WANTED-tem
  by hand          https://adoptium.net/temurin/releases/?version=$JDK_WANTED, unpack, and set JAVA_HOME
EOF
}

# Makes sure that mvn is there: installs it as root on Debian and its kin, otherwise says how and fails.
maven_find() {
  command -v mvn >/dev/null 2>&1 && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "$1: installing Maven (apt-get install maven)…" >&2
    apt_install maven && command -v mvn >/dev/null 2>&1 && return 0
  fi
  cat >&2 <<EOF
$1: needs Apache Maven 3.8 or newer to build.
  Debian, Ubuntu   apt install maven
  Fedora           dnf install maven
  macOS            brew install maven
  SDKMAN           sdk install maven
EOF
  return 1
}

# apt-get install, quietly; refreshes the package lists once, and only when something is to be installed.
apt_install() {
  local log
  log=$(mktemp) || return 1
  if [ -z "${APT_UPDATED:-}" ]; then
    APT_UPDATED=yes
    apt-get update >"$log" 2>&1 || true
  fi
  if DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi
  tail -n 5 "$log" >&2
  rm -f "$log"
  return 1
}
