/// What must survive: crashes, full disks, and two at once.
@NullMarked
package dev.chancery.interop.durability;

import org.jspecify.annotations.NullMarked;
