package dev.chancery.cli;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/// The version as the distribution's manifest has it.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"chancery " + Objects.requireNonNullElse(version, "(unpackaged)")};
  }
}
