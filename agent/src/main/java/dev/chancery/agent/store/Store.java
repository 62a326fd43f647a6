package dev.chancery.agent.store;

import dev.chancery.agent.configuration.AgentConfiguration;
import dev.chancery.agent.configuration.AgentConfiguration.Format;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of one certificate. Each set of files is a version: a folder that comes into being
/// whole, by a rename, and never changes. `current` is a link to the version in use, and the names
/// that other programs know are links through it:
///
///     key.pem     -> current/key.pem
///     chain.pem   -> current/chain.pem
///     current     -> versions/7
///     versions/7/ key.pem cert.pem chain.pem ca.pem
///
/// So one rename puts a new key and its certificate in place together, and another one brings the
/// old ones back. Whatever happens between two steps, `current` leads to a pair that belongs
/// together. Not thread-safe: one turn at a time works on it.
public final class Store {
  private static final Pattern VERSION = Pattern.compile("[1-9]\\d{0,17}");

  private final String name;
  private final AgentConfiguration.Store settings;
  private final FileOperations files;
  private final Path folder;
  private final Path versions;
  private final Path current;
  private final KeyPlace keys;

  /// The files of the certificate `name`.
  ///
  /// @param own the agent's own folder for this certificate
  public Store(String name, AgentConfiguration.Store settings, Path own, FileOperations files) {
    this.name = name;
    this.settings = settings;
    this.files = files;
    this.folder = settings.folder();
    this.versions = folder.resolve("versions");
    this.current = folder.resolve("current");
    this.keys =
        settings.token().isPresent()
            ? new KeyToken(name, settings.token().get(), own, files)
            : new KeyFiles(own, files);
  }

  /// The folder in which other programs look.
  public Path folder() {
    return folder;
  }

  /// Takes away what a version that never became whole has left.
  public void recover() throws IOException {
    if (Files.isDirectory(versions)) {
      for (Path left : list(versions)) {
        if (nameOf(left).startsWith(".")) {
          files.delete(left);
        }
      }
    }
  }

  /// The version that is in use.
  public OptionalLong current() throws IOException {
    if (!Files.isSymbolicLink(current)) {
      return OptionalLong.empty();
    }
    String target = nameOf(Files.readSymbolicLink(current));
    Matcher matcher = VERSION.matcher(target);
    return matcher.matches() && Files.isDirectory(versions.resolve(target))
        ? OptionalLong.of(Long.parseLong(target))
        : OptionalLong.empty();
  }

  /// All versions that are whole, the oldest first.
  public List<Long> versions() throws IOException {
    if (!Files.isDirectory(versions)) {
      return List.of();
    }
    return list(versions).stream()
        .map(Store::nameOf)
        .filter(text -> VERSION.matcher(text).matches())
        .map(Long::valueOf)
        .sorted()
        .toList();
  }

  /// Reads a version.
  ///
  /// @return empty if it holds no key and certificate that belong together
  /// @throws IOException if it cannot be read
  public Optional<Identity> read(long version) throws IOException {
    Path place = versions.resolve(Long.toString(version));
    try {
      Path uri = place.resolve("key.uri");
      if (Files.exists(uri)) {
        String alias = KeyToken.aliasIn(Files.readString(uri));
        Optional<PrivateKey> key = keys.find(alias);
        return key.isEmpty()
            ? Optional.empty()
            : Identity.of(key.get(), certificates(place, "chain.pem"), Optional.of(alias));
      }
      if (Files.exists(place.resolve("key.pem"))) {
        return pair(Files.readString(place.resolve("key.pem")), certificates(place, "chain.pem"));
      }
      if (Files.exists(place.resolve("combined.pem"))) {
        return pair(
            Files.readString(place.resolve("combined.pem")), certificates(place, "combined.pem"));
      }
      for (Format format : List.of(Format.PKCS12, Format.JKS)) {
        Path file = place.resolve(KeyStores.fileName(format));
        if (Files.exists(file)) {
          return KeyStores.read(Files.readAllBytes(file), format, password());
        }
      }
      return Optional.empty();
    } catch (MalformedException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<Identity> pair(String pem, List<Certificate> chain) {
    return Identity.of(KeyPairs.privateKeyOf(pem), chain, Optional.empty());
  }

  private static List<Certificate> certificates(Path place, String file) throws IOException {
    return Certificate.parsePem(Files.readString(place.resolve(file)));
  }

  /// The key that waits for its certificate, if one does.
  public Optional<FreshKey> waitingKey() throws IOException {
    return keys.waiting();
  }

  /// Makes the key that waits from now on.
  public FreshKey freshKey(KeyType type) throws IOException {
    return keys.make(type, next());
  }

  /// No key waits any more.
  ///
  /// @param used true if the one that did is part of a version now
  public void settleKey(boolean used) throws IOException {
    keys.settle(used);
  }

  private long next() throws IOException {
    List<Long> there = versions();
    return there.isEmpty() ? 1 : there.getLast() + 1;
  }

  /// Writes a new version. It is not in use yet.
  ///
  /// @param anchors what `ca.pem` shall hold
  /// @return its number
  public long write(Identity identity, List<Certificate> anchors) throws IOException {
    long version = next();
    Path temporary = versions.resolve("." + version + ".new");
    files.createFolder(folder, "755");
    files.createFolder(versions, "755");
    files.delete(temporary);
    files.createFolder(temporary, "755");
    try {
      for (Map.Entry<String, Content> file : contents(identity, anchors).entrySet()) {
        files.write(
            temporary.resolve(file.getKey()),
            file.getValue().bytes(),
            new Attributes(
                settings.owner(),
                settings.group(),
                file.getValue().secret() ? settings.keyMode() : settings.mode()));
      }
      files.sync(temporary);
      files.rename(temporary, versions.resolve(Long.toString(version)));
    } catch (IOException e) {
      // A full disk is the likely reason: what is half done must not keep it full.
      try {
        files.delete(temporary);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    files.sync(versions);
    return version;
  }

  /// What a file shall hold. A class, since bytes make a poor part of a record.
  private static final class Content {
    private final byte[] bytes;
    private final boolean secret;

    private Content(byte[] bytes, boolean secret) {
      this.bytes = bytes;
      this.secret = secret;
    }

    static Content of(String text, boolean secret) {
      return new Content(text.getBytes(StandardCharsets.US_ASCII), secret);
    }

    byte[] bytes() {
      return bytes;
    }

    boolean secret() {
      return secret;
    }
  }

  private Map<String, Content> contents(Identity identity, List<Certificate> anchors)
      throws IOException {
    Map<String, Content> contents = new LinkedHashMap<>();
    String chain = pem(identity.chain());
    contents.put("ca.pem", Content.of(pem(anchors), false));
    if (identity.alias().isPresent()) {
      contents.put("key.uri", Content.of(KeyToken.uri(identity.alias().get()) + "\n", false));
    }
    for (Format format : settings.formats()) {
      switch (format) {
        case PEM -> {
          if (identity.alias().isEmpty()) {
            contents.put("key.pem", Content.of(KeyPairs.toPem(identity.key()), true));
          }
          contents.put("cert.pem", Content.of(identity.certificate().toPem(), false));
          contents.put("chain.pem", Content.of(chain, false));
        }
        case COMBINED ->
            contents.put("combined.pem", Content.of(KeyPairs.toPem(identity.key()) + chain, true));
        case PKCS12, JKS ->
            contents.put(
                KeyStores.fileName(format),
                new Content(KeyStores.encode(identity, name, format, password()), true));
      }
    }
    return contents;
  }

  private static String pem(List<Certificate> certificates) {
    StringBuilder text = new StringBuilder();
    certificates.forEach(certificate -> text.append(certificate.toPem()));
    return text.toString();
  }

  private char[] password() throws IOException {
    Path file =
        settings
            .passwordFile()
            .orElseThrow(() -> new IOException("there is no password-file for the key store"));
    return Secrets.firstLine(file).toCharArray();
  }

  /// Puts a version in use.
  public void activate(long version) throws IOException {
    Path place = versions.resolve(Long.toString(version));
    Set<String> names = new HashSet<>();
    for (Path file : list(place)) {
      String link = nameOf(file);
      names.add(link);
      provideLink(link);
    }
    Path temporary = folder.resolve(".current.new");
    files.delete(temporary);
    files.link(temporary, Path.of("versions", Long.toString(version)));
    files.rename(temporary, current);
    files.sync(folder);
    removeLinksBut(names);
  }

  /// The names that other programs know. One that is there and is not a link through `current` is
  /// somebody else's file, and stays.
  private void provideLink(String file) throws IOException {
    Path link = folder.resolve(file);
    Path target = Path.of("current", file);
    if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
      return;
    }
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(link + " is there already and not the agent's; move it away");
    }
    files.link(link, target);
  }

  private void removeLinksBut(Set<String> names) throws IOException {
    for (Path link : list(folder)) {
      if (Files.isSymbolicLink(link)
          && Files.readSymbolicLink(link).startsWith("current")
          && !names.contains(nameOf(link))) {
        files.delete(link);
      }
    }
  }

  /// Deletes all versions but the one in use, the one before it, and newer ones.
  public void prune() throws IOException {
    OptionalLong inUse = current();
    if (inUse.isEmpty()) {
      return;
    }
    List<Long> older = versions().stream().filter(version -> version < inUse.getAsLong()).toList();
    for (Long version : older.subList(0, Math.max(0, older.size() - 1))) {
      discard(version);
    }
  }

  /// Deletes a version that is not in use, and its key in the token unless another version has it.
  public void discard(long version) throws IOException {
    Optional<String> alias = aliasOf(version);
    files.delete(versions.resolve(Long.toString(version)));
    if (alias.isPresent()) {
      for (long other : versions()) {
        if (aliasOf(other).equals(alias)) {
          return;
        }
      }
      keys.forget(alias.get());
    }
  }

  private Optional<String> aliasOf(long version) throws IOException {
    Path uri = versions.resolve(Long.toString(version)).resolve("key.uri");
    return Files.exists(uri)
        ? Optional.of(KeyToken.aliasIn(Files.readString(uri)))
        : Optional.empty();
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return new ArrayList<>(entries.sorted().toList());
    }
  }

  private static String nameOf(Path path) {
    Path last = path.getFileName();
    return last == null ? "" : last.toString();
  }
}
