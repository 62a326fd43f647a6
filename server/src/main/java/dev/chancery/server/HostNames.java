package dev.chancery.server;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The names under which clients reach the server.
record HostNames(List<String> names) {
  private static final int LONGEST_COMMON_NAME = 64;

  HostNames {
    names = List.copyOf(names);
  }

  /// Those configured, or else those of the machine.
  static HostNames of(List<String> configured) {
    if (!configured.isEmpty()) {
      return new HostNames(configured);
    }
    Set<String> names = new LinkedHashSet<>();
    String machine = machine();
    if (isName(machine)) {
      names.add(machine);
    }
    names.add("localhost");
    names.add("127.0.0.1");
    return new HostNames(List.copyOf(names));
  }

  /// For the server's certificate: the first one as common name, all as alternatives.
  SubjectNames certificateNames() {
    String first = names.getFirst();
    return new SubjectNames(
        first.length() <= LONGEST_COMMON_NAME
            ? DistinguishedName.parse("CN=" + first)
            : DistinguishedName.empty(),
        names.stream().map(HostNames::generalName).toList());
  }

  private static GeneralName generalName(String name) {
    try {
      return new GeneralName.IpAddress(name);
    } catch (MalformedException noAddress) {
      return new GeneralName.DnsName(name);
    }
  }

  private static boolean isName(String text) {
    try {
      return !new GeneralName.DnsName(text).host().isEmpty();
    } catch (MalformedException e) {
      return false;
    }
  }

  private static String machine() {
    try {
      // Where it exists, this asks no name server.
      Path kernel = Path.of("/proc/sys/kernel/hostname");
      String name =
          Files.isReadable(kernel)
              ? Files.readString(kernel)
              : InetAddress.getLocalHost().getHostName();
      return name.strip().toLowerCase(Locale.ROOT);
    } catch (IOException e) {
      return "";
    }
  }
}
