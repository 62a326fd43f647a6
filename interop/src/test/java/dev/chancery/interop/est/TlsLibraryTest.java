package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.FieldRefEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.bouncycastle.tls.TlsServerProtocol;
import org.junit.jupiter.api.Test;

/// BouncyCastle's TLS is of an older release than its siblings beside which it runs here.
class TlsLibraryTest {
  @Test
  void everyMemberOfItsSiblingsThatItNamesIsThere() throws Exception {
    Set<String> named = new TreeSet<>();
    Set<String> missing = new TreeSet<>();
    Path file =
        Path.of(
            TlsServerProtocol.class.getProtectionDomain().getCodeSource().getLocation().toURI());

    try (JarFile jar = new JarFile(file.toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        if (entry.getName().startsWith("org/") && entry.getName().endsWith(".class")) {
          for (PoolEntry constant : ClassFile.of().parse(bytes(jar, entry)).constantPool()) {
            if (constant instanceof MemberRefEntry member && isOfASibling(member)) {
              named.add(describe(member));
              if (!isThere(member)) {
                missing.add(describe(member));
              }
            }
          }
        }
      }
    }

    assertThat(named).as("what it names").hasSizeGreaterThan(300);
    assertThat(missing).isEmpty();
  }

  private static byte[] bytes(JarFile jar, JarEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  private static boolean isOfASibling(MemberRefEntry member) {
    String owner = member.owner().asInternalName();
    return owner.startsWith("org/bouncycastle/")
        && !owner.startsWith("org/bouncycastle/tls/")
        && !owner.startsWith("org/bouncycastle/jsse/");
  }

  private static String describe(MemberRefEntry member) {
    return member.owner().asInternalName()
        + "."
        + member.name().stringValue()
        + member.type().stringValue();
  }

  private static boolean isThere(MemberRefEntry member) {
    try {
      return isIn(
          Class.forName(member.owner().asInternalName().replace('/', '.'), false, loader()),
          member);
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static ClassLoader loader() {
    return TlsLibraryTest.class.getClassLoader();
  }

  private static boolean isIn(Class<?> type, MemberRefEntry member) {
    String name = member.name().stringValue();
    String descriptor = member.type().stringValue();
    boolean declared;
    if (member instanceof FieldRefEntry) {
      declared =
          Arrays.stream(type.getDeclaredFields())
              .anyMatch(field ->
                  field.getName().equals(name)
                      && field.getType().descriptorString().equals(descriptor));
    } else if (name.equals("<init>")) {
      return Arrays.stream(type.getDeclaredConstructors())
          .anyMatch(made ->
              MethodType.methodType(void.class, made.getParameterTypes())
                  .descriptorString()
                  .equals(descriptor));
    } else {
      declared =
          Arrays.stream(type.getDeclaredMethods())
              .anyMatch(method ->
                  method.getName().equals(name)
                      && MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                          .descriptorString()
                          .equals(descriptor));
    }
    return declared
        || Stream.concat(
                Optional.<Class<?>>ofNullable(type.getSuperclass()).stream(),
                Stream.concat(
                    Arrays.stream(type.getInterfaces()),
                    type.isInterface() ? Stream.of(Object.class) : Stream.empty()))
            .anyMatch(above -> isIn(above, member));
  }
}
