import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Takes the signatures off the jars in a folder, and off their manifests the hash of each class: a
/// JVM puts no class of a signed jar into an archive, and checks each one that it loads. Maven has
/// compared the jars with their checksums before. Everything else stays as it was, in its order,
/// with its times, so that the same jars become the same jars.
public final class UnsignedJars {
  private UnsignedJars() {}

  public static void main(String[] arguments) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
      List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
      for (Path jar : jars) {
        strip(jar);
      }
    }
  }

  private static void strip(Path jar) throws IOException {
    Path stripped = jar.resolveSibling(jar.getFileName() + ".unsigned");
    try (ZipFile in = new ZipFile(jar.toFile())) {
      if (in.stream().noneMatch(UnsignedJars::isSignature)) {
        return;
      }
      try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(stripped))) {
        Enumeration<? extends ZipEntry> entries = in.entries();
        while (entries.hasMoreElements()) {
          ZipEntry entry = entries.nextElement();
          if (!isSignature(entry)) {
            copy(in, entry, out);
          }
        }
      }
    }
    // Whoever runs with the old one keeps it.
    Files.move(stripped, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void copy(ZipFile in, ZipEntry entry, ZipOutputStream out) throws IOException {
    ZipEntry copy = new ZipEntry(entry.getName());
    copy.setTimeLocal(entry.getTimeLocal());
    out.putNextEntry(copy);
    try (InputStream content = in.getInputStream(entry)) {
      if (entry.getName().equals("META-INF/MANIFEST.MF")) {
        write(new Manifest(content), out);
      } else {
        content.transferTo(out);
      }
    }
    out.closeEntry();
  }

  private static void write(Manifest manifest, OutputStream out) throws IOException {
    manifest
        .getEntries()
        .values()
        .forEach(attributes -> attributes.keySet().removeIf(UnsignedJars::isDigest));
    manifest.getEntries().values().removeIf(Attributes::isEmpty);
    manifest.write(out);
  }

  private static boolean isDigest(Object name) {
    return name.toString().toLowerCase(Locale.ROOT).endsWith("-digest");
  }

  private static boolean isSignature(ZipEntry entry) {
    return entry.getName().matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
  }
}
