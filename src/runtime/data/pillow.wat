;; The two passes of pillow.ts. Built by scripts/pillow-wasm.mjs into pillow-wasm.ts.
;; Weights have 22 bits and lie as two halves of 11, which a product of 16-bit pairs takes at once: upper × 2048 + lower is
;; exact. Sums start at a half. Tables: `first` and `counts` (of groups) i32 a target pixel, groups of taps in `weights`
;; (upper halves i16, then lower), `stride` bytes a target pixel; a last group is filled up with zeros.
;; Reads run up to 15 bytes beyond an image or one row beyond a plane, writes up to 7 bytes: whoever calls leaves room.
(module
  (memory (export "memory") 16)

  ;; height × width × 3 at $src → 3 × height × size at $out; groups of 2; two rows at once share weights, and a last one
  ;; of its own is done twice
  (func (export "across3")
    (param $src i32) (param $out i32) (param $width i32) (param $height i32) (param $size i32)
    (param $first i32) (param $counts i32) (param $weights i32) (param $stride i32)
    (local $x i32) (local $plane i32) (local $pixel i32) (local $weight i32) (local $end i32)
    (local $row i32) (local $line i32) (local $second i32)
    (local $pair v128) (local $up v128) (local $low v128) (local $order v128)
    (local $upper0 v128) (local $lower0 v128) (local $upper1 v128) (local $lower1 v128)
    ;; r r g g b b of two pixels, 16 bits each
    (local.set $order (v128.const i8x16 0 -1 3 -1 1 -1 4 -1 2 -1 5 -1 -1 -1 -1 -1))
    (local.set $plane (i32.mul (local.get $height) (local.get $size)))
    (local.set $row (i32.mul (local.get $width) (i32.const 3)))
    (local.set $line (local.get $size))
    (loop $rows
      (if (i32.eq (local.get $height) (i32.const 1))
        (then (local.set $row (i32.const 0)) (local.set $line (i32.const 0))))
      (local.set $x (i32.const 0))
      (loop $columns
        (local.set $pixel (i32.add (local.get $src)
          (i32.mul (i32.load (i32.add (local.get $first) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 3))))
        (local.set $weight (i32.add (local.get $weights) (i32.mul (local.get $x) (local.get $stride))))
        (local.set $end (i32.add (local.get $weight)
          (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 3))))
        (local.set $upper0 (v128.const i32x4 0 0 0 0))
        (local.set $upper1 (local.get $upper0))
        (local.set $lower0 (i32x4.splat (i32.const 2097152)))
        (local.set $lower1 (local.get $lower0))
        (loop $taps
          (local.set $up (v128.load32_splat (local.get $weight)))
          (local.set $low (v128.load32_splat offset=4 (local.get $weight)))
          (local.set $pair (i8x16.swizzle (v128.load64_zero (local.get $pixel)) (local.get $order)))
          (local.set $upper0 (i32x4.add (local.get $upper0) (i32x4.dot_i16x8_s (local.get $pair) (local.get $up))))
          (local.set $lower0 (i32x4.add (local.get $lower0) (i32x4.dot_i16x8_s (local.get $pair) (local.get $low))))
          (local.set $pair (i8x16.swizzle
            (v128.load64_zero (i32.add (local.get $pixel) (local.get $row))) (local.get $order)))
          (local.set $upper1 (i32x4.add (local.get $upper1) (i32x4.dot_i16x8_s (local.get $pair) (local.get $up))))
          (local.set $lower1 (i32x4.add (local.get $lower1) (i32x4.dot_i16x8_s (local.get $pair) (local.get $low))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.const 6)))
          (br_if $taps (i32.lt_u
            (local.tee $weight (i32.add (local.get $weight) (i32.const 8))) (local.get $end))))
        (local.set $lower0 (i32x4.shr_u
          (i32x4.add (i32x4.shl (local.get $upper0) (i32.const 11)) (local.get $lower0)) (i32.const 22)))
        (local.set $lower1 (i32x4.shr_u
          (i32x4.add (i32x4.shl (local.get $upper1) (i32.const 11)) (local.get $lower1)) (i32.const 22)))
        (local.set $second (i32.add (local.get $out) (local.get $line)))
        (v128.store8_lane 0 (local.get $out) (local.get $lower0))
        (v128.store8_lane 0 (local.get $second) (local.get $lower1))
        (v128.store8_lane 4 (i32.add (local.get $out) (local.get $plane)) (local.get $lower0))
        (v128.store8_lane 4 (i32.add (local.get $second) (local.get $plane)) (local.get $lower1))
        (v128.store8_lane 8 (i32.add (local.get $out) (i32.shl (local.get $plane) (i32.const 1))) (local.get $lower0))
        (v128.store8_lane 8 (i32.add (local.get $second) (i32.shl (local.get $plane) (i32.const 1)))
          (local.get $lower1))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $size))))
      (local.set $src (i32.add (local.get $src) (i32.shl (local.get $row) (i32.const 1))))
      (local.set $out (i32.add (local.get $out) (local.get $line)))
      (br_if $rows (i32.gt_s (local.tee $height (i32.sub (local.get $height) (i32.const 2))) (i32.const 0)))))

  ;; height × width at $src → height × size at $out; groups of 8
  (func (export "across1")
    (param $src i32) (param $out i32) (param $width i32) (param $height i32) (param $size i32)
    (param $first i32) (param $counts i32) (param $weights i32) (param $stride i32)
    (local $x i32) (local $pixel i32) (local $weight i32) (local $end i32)
    (local $eight v128) (local $upper v128) (local $lower v128)
    (loop $rows
      (local.set $x (i32.const 0))
      (loop $columns
        (local.set $pixel (i32.add (local.get $src)
          (i32.load (i32.add (local.get $first) (i32.shl (local.get $x) (i32.const 2))))))
        (local.set $weight (i32.add (local.get $weights) (i32.mul (local.get $x) (local.get $stride))))
        (local.set $end (i32.add (local.get $weight)
          (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 5))))
        (local.set $upper (v128.const i32x4 0 0 0 0))
        (local.set $lower (v128.const i32x4 2097152 0 0 0))
        (loop $taps
          (local.set $eight (v128.load8x8_u (local.get $pixel)))
          (local.set $upper (i32x4.add (local.get $upper)
            (i32x4.dot_i16x8_s (local.get $eight) (v128.load (local.get $weight)))))
          (local.set $lower (i32x4.add (local.get $lower)
            (i32x4.dot_i16x8_s (local.get $eight) (v128.load offset=16 (local.get $weight)))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.const 8)))
          (br_if $taps (i32.lt_u
            (local.tee $weight (i32.add (local.get $weight) (i32.const 32))) (local.get $end))))
        (local.set $lower (i32x4.add (i32x4.shl (local.get $upper) (i32.const 11)) (local.get $lower)))
        (local.set $lower (i32x4.add (local.get $lower)
          (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $lower) (local.get $lower))))
        (i32.store8 (local.get $out) (i32.shr_u
          (i32.add (i32x4.extract_lane 0 (local.get $lower)) (i32x4.extract_lane 1 (local.get $lower)))
          (i32.const 22)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $size))))
      (local.set $src (i32.add (local.get $src) (local.get $width)))
      (br_if $rows (local.tee $height (i32.sub (local.get $height) (i32.const 1))))))

  ;; one plane: height × size at $src → size × size at $out; groups of 2
  (func (export "down")
    (param $src i32) (param $out i32) (param $size i32)
    (param $first i32) (param $counts i32) (param $weights i32) (param $stride i32)
    (local $x i32) (local $y i32) (local $pixel i32) (local $weight i32) (local $end i32)
    (local $pairs v128) (local $four v128) (local $up v128) (local $low v128)
    (local $upper0 v128) (local $lower0 v128) (local $upper1 v128) (local $lower1 v128)
    (loop $rows
      (local.set $x (i32.const 0))
      (loop $columns
        (local.set $pixel (i32.add (i32.add (local.get $src) (local.get $x))
          (i32.mul (i32.load (i32.add (local.get $first) (i32.shl (local.get $y) (i32.const 2)))) (local.get $size))))
        (local.set $weight (i32.add (local.get $weights) (i32.mul (local.get $y) (local.get $stride))))
        (local.set $end (i32.add (local.get $weight)
          (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $y) (i32.const 2)))) (i32.const 3))))
        (local.set $upper0 (v128.const i32x4 0 0 0 0))
        (local.set $upper1 (local.get $upper0))
        (local.set $lower0 (i32x4.splat (i32.const 2097152)))
        (local.set $lower1 (local.get $lower0))
        (loop $taps
          ;; eight columns of two rows
          (local.set $pairs (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23
            (v128.load64_zero (local.get $pixel))
            (v128.load64_zero (i32.add (local.get $pixel) (local.get $size)))))
          (local.set $up (v128.load32_splat (local.get $weight)))
          (local.set $low (v128.load32_splat offset=4 (local.get $weight)))
          (local.set $four (i16x8.extend_low_i8x16_u (local.get $pairs)))
          (local.set $upper0 (i32x4.add (local.get $upper0) (i32x4.dot_i16x8_s (local.get $four) (local.get $up))))
          (local.set $lower0 (i32x4.add (local.get $lower0) (i32x4.dot_i16x8_s (local.get $four) (local.get $low))))
          (local.set $four (i16x8.extend_high_i8x16_u (local.get $pairs)))
          (local.set $upper1 (i32x4.add (local.get $upper1) (i32x4.dot_i16x8_s (local.get $four) (local.get $up))))
          (local.set $lower1 (i32x4.add (local.get $lower1) (i32x4.dot_i16x8_s (local.get $four) (local.get $low))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.shl (local.get $size) (i32.const 1))))
          (br_if $taps (i32.lt_u
            (local.tee $weight (i32.add (local.get $weight) (i32.const 8))) (local.get $end))))
        (local.set $pairs (i16x8.narrow_i32x4_s
          (i32x4.shr_u (i32x4.add (i32x4.shl (local.get $upper0) (i32.const 11)) (local.get $lower0)) (i32.const 22))
          (i32x4.shr_u (i32x4.add (i32x4.shl (local.get $upper1) (i32.const 11)) (local.get $lower1)) (i32.const 22))))
        (v128.store64_lane 0 (i32.add (local.get $out) (local.get $x))
          (i8x16.narrow_i16x8_u (local.get $pairs) (local.get $pairs)))
        (br_if $columns (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 8))) (local.get $size))))
      (local.set $out (i32.add (local.get $out) (local.get $size)))
      (br_if $rows (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $size))))))
