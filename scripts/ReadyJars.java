import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Readies the jars in a folder for a quick start. What takes long there is done here once:
///
/// - The signatures come off, and off the manifests the hash of each class. A JVM puts no class of a
///   signed jar into an archive, and checks each one that it loads. Maven has compared the jars with
///   their checksums before.
/// - Classes for Java 5 (picocli's) become classes for Java 6, with the stack maps that came with it.
///   A JVM puts no class without them into an AOT cache, and verifies each one in the slow old way.
/// - Native libraries, which their owners copy into a file at each start, are not compressed.
/// - SQLite's (for this machine) is laid into a second folder instead, ready to be loaded from there:
///   its driver otherwise starts a program to learn on what it runs, and compares what it has copied.
///
/// Everything else stays as it was, in its order, with its times, so that the same jars become the
/// same jars.
public final class ReadyJars {
  /// Java 6 verifies by stack maps, and in the old way should they be wrong.
  private static final int FIRST_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;

  private ReadyJars() {}

  /// @param arguments the folder with the jars, the folder for native libraries
  public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
    List<Path> jars;
    try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
    try (URLClassLoader classes = loader(jars)) {
      for (Path jar : jars) {
        ready(jar, classes);
      }
      layOutSqlite(classes, Path.of(arguments[1]));
    }
  }

  private static URLClassLoader loader(List<Path> jars) throws IOException {
    URL[] urls = new URL[jars.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = jars.get(i).toUri().toURL();
    }
    return new URLClassLoader(urls);
  }

  private static void ready(Path jar, ClassLoader classes) throws IOException {
    Path written = beside(jar);
    try (ZipFile in = new ZipFile(jar.toFile())) {
      if (isReady(in)) {
        return;
      }
      try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(written))) {
        Enumeration<? extends ZipEntry> entries = in.entries();
        while (entries.hasMoreElements()) {
          ZipEntry entry = entries.nextElement();
          if (!isSignature(entry)) {
            copy(in, entry, out, classes);
          }
        }
      }
    }
    // Whoever runs with the old one keeps it.
    Files.move(written, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Of two that start at the same time, each writes its own.
  private static Path beside(Path file) {
    return file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
  }

  private static boolean isReady(ZipFile jar) throws IOException {
    Enumeration<? extends ZipEntry> entries = jar.entries();
    while (entries.hasMoreElements()) {
      ZipEntry entry = entries.nextElement();
      if (isSignature(entry)
          || (isNative(entry) && entry.getMethod() != ZipEntry.STORED)
          || (isClass(entry) && isOld(head(jar, entry)))) {
        return false;
      }
    }
    return true;
  }

  private static byte[] head(ZipFile jar, ZipEntry entry) throws IOException {
    try (InputStream content = jar.getInputStream(entry)) {
      return content.readNBytes(8);
    }
  }

  private static void copy(ZipFile in, ZipEntry entry, ZipOutputStream out, ClassLoader classes)
      throws IOException {
    ZipEntry copy = new ZipEntry(entry.getName());
    copy.setTimeLocal(entry.getTimeLocal());
    byte[] content;
    try (InputStream stream = in.getInputStream(entry)) {
      content = stream.readAllBytes();
    }
    if (isNative(entry)) {
      CRC32 checksum = new CRC32();
      checksum.update(content);
      copy.setMethod(ZipEntry.STORED);
      copy.setSize(content.length);
      copy.setCrc(checksum.getValue());
    }
    out.putNextEntry(copy);
    if (entry.getName().equals("META-INF/MANIFEST.MF")) {
      write(new Manifest(in.getInputStream(entry)), out);
    } else {
      out.write(isClass(entry) && isOld(content) ? withStackMaps(content, classes) : content);
    }
    out.closeEntry();
  }

  private static void write(Manifest manifest, OutputStream out) throws IOException {
    manifest
        .getEntries()
        .values()
        .forEach(attributes -> attributes.keySet().removeIf(ReadyJars::isDigest));
    manifest.getEntries().values().removeIf(Attributes::isEmpty);
    manifest.write(out);
  }

  private static boolean isDigest(Object name) {
    return name.toString().toLowerCase(Locale.ROOT).endsWith("-digest");
  }

  private static boolean isSignature(ZipEntry entry) {
    return entry.getName().matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
  }

  private static boolean isNative(ZipEntry entry) {
    return entry.getName().matches("(?!org/sqlite/).*\\.(so|dylib|jnilib|dll)");
  }

  private static boolean isClass(ZipEntry entry) {
    return entry.getName().endsWith(".class");
  }

  private static boolean isOld(byte[] classFile) {
    return ByteBuffer.wrap(classFile).getShort(6) < FIRST_WITH_STACK_MAPS;
  }

  private static byte[] withStackMaps(byte[] old, ClassLoader classes) {
    ClassFile file =
        ClassFile.of(
            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
            ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)));
    ClassTransform newer =
        (builder, element) ->
            builder.with(
                element instanceof ClassFileVersion
                    ? ClassFileVersion.of(FIRST_WITH_STACK_MAPS, 0)
                    : element);
    return file.transformClass(
        file.parse(old),
        newer.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
  }

  /// Which of its libraries fits here is for the driver to say.
  private static void layOutSqlite(ClassLoader classes, Path folder)
      throws IOException, ReflectiveOperationException {
    Class<?> driver = classes.loadClass("org.sqlite.util.LibraryLoaderUtil");
    String from = (String) driver.getMethod("getNativeLibResourcePath").invoke(null);
    String name = (String) driver.getMethod("getNativeLibName").invoke(null);
    try (InputStream library = classes.getResourceAsStream(from.substring(1) + "/" + name)) {
      if (library == null) {
        return;
      }
      Files.createDirectories(folder);
      Path file = folder.resolve(name);
      Path written = beside(file);
      Files.copy(library, written, StandardCopyOption.REPLACE_EXISTING);
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
