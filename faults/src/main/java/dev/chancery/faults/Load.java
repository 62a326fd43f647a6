package dev.chancery.faults;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;

/// Devices that enrol side by side, each on a thread of its own.
final class Load {
  /// A request and how it is sent.
  record Order(Attempt attempt, Manner manner) {}

  private final List<Order> orders;
  private final IntFunction<Node> nodes;
  private final Semaphore permits;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final AtomicInteger left;
  private final ReentrantLock counting = new ReentrantLock();
  private final Condition counted = counting.newCondition();
  private int answers;

  private Load(List<Order> orders, IntFunction<Node> nodes, int concurrency) {
    this.orders = orders;
    this.nodes = nodes;
    this.permits = new Semaphore(concurrency, true);
    this.left = new AtomicInteger(orders.size());
  }

  /// Lets them go.
  ///
  /// @param nodes which one the order of that number goes to
  static Load start(List<Order> orders, IntFunction<Node> nodes, int concurrency) {
    Load load = new Load(List.copyOf(orders), nodes, concurrency);
    if (orders.isEmpty()) {
      load.done.complete(null);
    }
    for (int i = 0; i < orders.size(); i++) {
      int number = i;
      Thread.ofVirtual().name("device-" + number).start(() -> load.send(number));
    }
    return load;
  }

  private void send(int number) {
    permits.acquireUninterruptibly();
    try {
      Node node = nodes.apply(number);
      // A device that finds nobody tries later.
      if (node.isAlive()) {
        Order order = orders.get(number);
        if (!(order.attempt().send(node.ports().tls(), order.manner()) instanceof Sent.Lost)) {
          count();
        }
      }
    } catch (RuntimeException e) {
      done.completeExceptionally(e);
    } finally {
      permits.release();
      if (left.decrementAndGet() == 0) {
        done.complete(null);
        count();
      }
    }
  }

  private void count() {
    counting.lock();
    try {
      answers++;
      counted.signalAll();
    } finally {
      counting.unlock();
    }
  }

  boolean isDone() {
    return done.isDone();
  }

  /// Waits until so many devices have an answer, or all have been sent.
  void awaitAnswers(int wanted) {
    counting.lock();
    try {
      while (answers < wanted && !done.isDone()) {
        counted.awaitUninterruptibly();
      }
    } finally {
      counting.unlock();
    }
  }

  /// Waits until every device has an answer or has lost its connection.
  void await() {
    done.join();
  }
}
