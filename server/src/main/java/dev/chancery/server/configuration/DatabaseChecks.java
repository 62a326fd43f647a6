package dev.chancery.server.configuration;

import dev.chancery.configuration.Declared.Setting;
import dev.chancery.ledger.PostgresSettings;
import dev.chancery.pki.crypto.Digests;
import dev.chancery.server.configuration.Configuration.Database;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Makes of the settings under `database` what they mean.
final class DatabaseChecks {
  /// In a URL they would be seen by whoever sees the file, a log or a list of processes.
  private static final Pattern CREDENTIALS_IN_URL =
      Pattern.compile("([?&](user|password)=|://[^/?]*@)", Pattern.CASE_INSENSITIVE);

  private static final int LONGEST_HOST_PART = 40;

  private final Section section;
  private final Path folder;

  DatabaseChecks(Section section, Path folder) {
    this.section = section;
    this.folder = folder;
  }

  Database database() {
    String url = section.get(Settings.DATABASE_URL);
    if (url.isEmpty()) {
      refuseWhatOnlyPostgresHas();
      return new Database.Sqlite(section.get(Settings.DATABASE_KEEP_EXPIRED));
    }
    if (CREDENTIALS_IN_URL.matcher(url).find()) {
      section.report(
          Settings.DATABASE_URL,
          "user and password do not belong into the URL",
          "set database.user, and database.password-file or database.password-env");
    }
    String configured = section.get(Settings.DATABASE_NODE);
    PostgresSettings settings =
        PostgresSettings.of(
                url,
                section.get(Settings.DATABASE_USER),
                password(),
                configured.isEmpty() ? nodeOf(folder) : configured)
            .withReaders(section.get(Settings.DATABASE_READERS));
    return new Database.Postgres(settings, section.get(Settings.DATABASE_KEEP_EXPIRED));
  }

  private void refuseWhatOnlyPostgresHas() {
    for (Setting<String> setting :
        List.of(
            Settings.DATABASE_USER,
            Settings.DATABASE_PASSWORD_FILE,
            Settings.DATABASE_PASSWORD_ENV,
            Settings.DATABASE_NODE)) {
      if (!section.get(setting).isEmpty()) {
        refuse(setting);
      }
    }
  }

  private void refuse(Setting<?> setting) {
    section.report(
        setting, "this means something on PostgreSQL only", "set database.url, or remove it");
  }

  private String password() {
    String file = section.get(Settings.DATABASE_PASSWORD_FILE);
    String variable = section.get(Settings.DATABASE_PASSWORD_ENV);
    if (!file.isEmpty() && !variable.isEmpty()) {
      section.report(
          Settings.DATABASE_PASSWORD_ENV, "there is a password-file too", "remove one of them");
    }
    if (!file.isEmpty()) {
      return passwordIn(folder.resolve(file));
    }
    if (variable.isEmpty()) {
      return "";
    }
    String value = System.getenv(variable);
    if (value == null || value.isEmpty()) {
      section.report(
          Settings.DATABASE_PASSWORD_ENV,
          "the environment variable " + variable + " is not set",
          "set it where the server is started");
      return "";
    }
    return value;
  }

  private String passwordIn(Path file) {
    try {
      String password = Files.readString(file).strip();
      if (password.isEmpty() || password.chars().anyMatch(Character::isISOControl)) {
        section.report(
            Settings.DATABASE_PASSWORD_FILE, file + " does not hold one line with a password", "");
      }
      return password;
    } catch (IOException e) {
      section.report(
          Settings.DATABASE_PASSWORD_FILE,
          "cannot read " + file,
          "check the name and who may read it");
      return "";
    }
  }

  /// Two nodes on one host have different folders; two in containers may have the same folder, but
  /// have different host names.
  private static String nodeOf(Path folder) {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "node";
    }
    String name =
        host.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "-").replaceAll("^[^a-z0-9]+", "");
    byte[] path = folder.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8);
    return (name.isEmpty() ? "node" : name.substring(0, Math.min(name.length(), LONGEST_HOST_PART)))
        + "-"
        + HexFormat.of().formatHex(Digests.sha256(path), 0, 4);
  }
}
