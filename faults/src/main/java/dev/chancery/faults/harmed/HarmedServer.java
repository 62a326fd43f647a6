package dev.chancery.faults.harmed;

import dev.chancery.authority.fault.FaultPoint;
import dev.chancery.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/// `chancery serve` as it is, but for one thing: whoever holds the other end of its standard input
/// can have it killed or stopped by the kernel at a fault point. The distribution does not have
/// this class, and nothing else arms fault points.
///
/// A line is `kill POINT COUNT` or `stop POINT COUNT`, with the point as in [FaultPoint] and how
/// many times it is reached first; the answer on standard output is `armed`. When the input ends,
/// whoever started the server has gone, and so goes the server.
public final class HarmedServer {
  private HarmedServer() {}

  private record Fuse(FaultPoint point, AtomicInteger left, Signal signal) {}

  private static volatile Fuse fuse = new Fuse(FaultPoint.SIGNED, new AtomicInteger(), Signal.KILL);

  public static void main(String[] arguments) {
    FaultPoint.arm(HarmedServer::reached);
    Signal.prepare();
    Thread.ofPlatform().daemon().name("faults").start(HarmedServer::listen);
    Main.main(arguments);
  }

  private static void reached(FaultPoint point) {
    Fuse lit = fuse;
    // Once only: a fuse that has burnt down counts on below zero.
    if (point == lit.point() && lit.left().decrementAndGet() == 0) {
      lit.signal().raise();
    }
  }

  private static void listen() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", -1);
        fuse =
            new Fuse(
                FaultPoint.valueOf(words[1]),
                new AtomicInteger(Integer.parseInt(words[2])),
                Signal.valueOf(words[0].toUpperCase(Locale.ROOT)));
        System.out.println("armed");
        System.out.flush();
      }
    } catch (IOException e) {
      System.err.println("faults: the standard input cannot be read: " + e.getMessage());
    }
    Runtime.getRuntime().halt(1);
  }
}
