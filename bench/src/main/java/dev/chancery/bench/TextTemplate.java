package dev.chancery.bench;

import java.util.ArrayList;
import java.util.List;

/// A text in which some parts are left open. Immutable and thread-safe.
final class TextTemplate {
  private record Part(String text, int slot) {}

  private static final int NONE = -1;

  private final List<Part> parts;

  private TextTemplate(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  /// Leaves open in `text` what stands there of `slots`.
  static TextTemplate of(String text, List<String> slots) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int next = text.length();
      int found = NONE;
      for (int slot = 0; slot < slots.size(); slot++) {
        int index = text.indexOf(slots.get(slot), at);
        if (index >= 0 && index < next) {
          next = index;
          found = slot;
        }
      }
      if (next > at) {
        parts.add(new Part(text.substring(at, next), NONE));
      }
      if (found != NONE) {
        parts.add(new Part("", found));
        next += slots.get(found).length();
      }
      at = next;
    }
    return new TextTemplate(parts);
  }

  /// The text with `filling` in the slots.
  String fill(String... filling) {
    StringBuilder text = new StringBuilder(160);
    for (Part part : parts) {
      text.append(part.slot() == NONE ? part.text() : filling[part.slot()]);
    }
    return text.toString();
  }
}
