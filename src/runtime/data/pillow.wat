;; The two passes of pillow.ts, four sums at a time. Built by scripts/pillow-wasm.mjs into pillow-wasm.ts.
;; Weights have 22 bits; sums start at a half. Tables: `first` and `counts` i32 a target pixel, `weights` i32, `stride`
;; bytes a target pixel. Reads run up to 15 bytes beyond an image, writes up to 7: whoever calls leaves room.
(module
  (memory (export "memory") 16)

  ;; height × width × 3 at $src → 3 × height × size at $out
  (func (export "across3")
    (param $src i32) (param $out i32) (param $width i32) (param $height i32) (param $size i32)
    (param $first i32) (param $counts i32) (param $weights i32) (param $stride i32)
    (local $x i32) (local $plane i32) (local $pixel i32) (local $weight i32) (local $end i32) (local $sum v128)
    (local.set $plane (i32.mul (local.get $height) (local.get $size)))
    (loop $rows
      (local.set $x (i32.const 0))
      (loop $columns
        (local.set $pixel (i32.add (local.get $src)
          (i32.mul (i32.load (i32.add (local.get $first) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 3))))
        (local.set $weight (i32.add (local.get $weights) (i32.mul (local.get $x) (local.get $stride))))
        (local.set $end (i32.add (local.get $weight)
          (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 2))))
        (local.set $sum (i32x4.splat (i32.const 2097152)))
        (loop $taps
          (local.set $sum (i32x4.add (local.get $sum)
            (i32x4.mul
              (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $pixel))))
              (v128.load32_splat (local.get $weight)))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.const 3)))
          (br_if $taps (i32.lt_u
            (local.tee $weight (i32.add (local.get $weight) (i32.const 4))) (local.get $end))))
        (local.set $sum (i32x4.shr_u (local.get $sum) (i32.const 22)))
        (i32.store8 (local.get $out) (i32x4.extract_lane 0 (local.get $sum)))
        (i32.store8 (i32.add (local.get $out) (local.get $plane)) (i32x4.extract_lane 1 (local.get $sum)))
        (i32.store8 (i32.add (local.get $out) (i32.shl (local.get $plane) (i32.const 1)))
          (i32x4.extract_lane 2 (local.get $sum)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $size))))
      (local.set $src (i32.add (local.get $src) (i32.mul (local.get $width) (i32.const 3))))
      (br_if $rows (local.tee $height (i32.sub (local.get $height) (i32.const 1))))))

  ;; height × width at $src → height × size at $out
  (func (export "across1")
    (param $src i32) (param $out i32) (param $width i32) (param $height i32) (param $size i32)
    (param $first i32) (param $counts i32) (param $weights i32) (param $stride i32)
    (local $x i32) (local $pixel i32) (local $weight i32) (local $end i32) (local $sum i32)
    (loop $rows
      (local.set $x (i32.const 0))
      (loop $columns
        (local.set $pixel (i32.add (local.get $src)
          (i32.load (i32.add (local.get $first) (i32.shl (local.get $x) (i32.const 2))))))
        (local.set $weight (i32.add (local.get $weights) (i32.mul (local.get $x) (local.get $stride))))
        (local.set $end (i32.add (local.get $weight)
          (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $x) (i32.const 2)))) (i32.const 2))))
        (local.set $sum (i32.const 2097152))
        (loop $taps
          (local.set $sum (i32.add (local.get $sum)
            (i32.mul (i32.load8_u (local.get $pixel)) (i32.load (local.get $weight)))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.const 1)))
          (br_if $taps (i32.lt_u
            (local.tee $weight (i32.add (local.get $weight) (i32.const 4))) (local.get $end))))
        (i32.store8 (local.get $out) (i32.shr_u (local.get $sum) (i32.const 22)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $size))))
      (local.set $src (i32.add (local.get $src) (local.get $width)))
      (br_if $rows (local.tee $height (i32.sub (local.get $height) (i32.const 1))))))

  ;; one plane: height × size at $src → size × size at $out
  (func (export "down")
    (param $src i32) (param $out i32) (param $size i32)
    (param $first i32) (param $counts i32) (param $weights i32) (param $stride i32)
    (local $x i32) (local $y i32) (local $pixel i32) (local $weight i32) (local $end i32)
    (local $low v128) (local $high v128) (local $bytes v128) (local $factor v128)
    (loop $rows
      (local.set $x (i32.const 0))
      (loop $columns
        (local.set $pixel (i32.add (i32.add (local.get $src) (local.get $x))
          (i32.mul (i32.load (i32.add (local.get $first) (i32.shl (local.get $y) (i32.const 2)))) (local.get $size))))
        (local.set $weight (i32.add (local.get $weights) (i32.mul (local.get $y) (local.get $stride))))
        (local.set $end (i32.add (local.get $weight)
          (i32.shl (i32.load (i32.add (local.get $counts) (i32.shl (local.get $y) (i32.const 2)))) (i32.const 2))))
        (local.set $low (i32x4.splat (i32.const 2097152)))
        (local.set $high (local.get $low))
        (loop $taps
          (local.set $bytes (i16x8.extend_low_i8x16_u (v128.load64_zero (local.get $pixel))))
          (local.set $factor (v128.load32_splat (local.get $weight)))
          (local.set $low (i32x4.add (local.get $low)
            (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $bytes)) (local.get $factor))))
          (local.set $high (i32x4.add (local.get $high)
            (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $bytes)) (local.get $factor))))
          (local.set $pixel (i32.add (local.get $pixel) (local.get $size)))
          (br_if $taps (i32.lt_u
            (local.tee $weight (i32.add (local.get $weight) (i32.const 4))) (local.get $end))))
        (local.set $bytes (i16x8.narrow_i32x4_s
          (i32x4.shr_u (local.get $low) (i32.const 22)) (i32x4.shr_u (local.get $high) (i32.const 22))))
        (v128.store64_lane 0 (i32.add (local.get $out) (local.get $x))
          (i8x16.narrow_i16x8_u (local.get $bytes) (local.get $bytes)))
        (br_if $columns (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 8))) (local.get $size))))
      (local.set $out (i32.add (local.get $out) (local.get $size)))
      (br_if $rows (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $size))))))
