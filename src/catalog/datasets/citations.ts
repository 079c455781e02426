/** Whom a data set or a network's weights are to be credited to, and on which terms they are given. Results carry it. */

export interface Citation {
  readonly cite: string;
  readonly terms: string;
}

/** By adapter, for those that read one published data set. */
const PUBLISHED: { readonly [adapter: string]: Citation } = {
  aptos2019: {
    cite: "APTOS 2019 Blindness Detection, Asia Pacific Tele-Ophthalmology Society and Kaggle, 2019",
    terms: "the rules of the competition (kaggle.com/c/aptos2019-blindness-detection)",
  },
  isic2019: {
    cite: "ISIC 2019: Tschandl et al. 2018 (HAM10000), doi:10.1038/sdata.2018.161; Codella et al. 2018, arXiv:1710.05006; Hernández-Pérez et al. 2024 (BCN20000), doi:10.1038/s41597-024-03387-w",
    terms: "CC BY-NC 4.0",
  },
  chexpert: {
    cite: "CheXpert: Irvin et al. 2019, arXiv:1901.07031",
    terms: "Stanford University's research use agreement",
  },
  cbis_ddsm: {
    cite: "CBIS-DDSM: Lee et al. 2017, doi:10.1038/sdata.2017.177; The Cancer Imaging Archive",
    terms: "CC BY 3.0",
  },
  patchcamelyon: {
    cite: "PatchCamelyon: Veeling et al. 2018, arXiv:1806.03962; Bejnordi et al. 2017, doi:10.1001/jama.2017.14585",
    terms: "CC0",
  },
  imagenet: {
    cite: "ImageNet (ILSVRC 2012): Russakovsky et al. 2015, arXiv:1409.0575",
    terms: "ImageNet's terms of access: research and education",
  },
};

const DIGITS: Citation = { cite: "digits.png of OpenCV's samples", terms: "Apache-2.0, © the OpenCV contributors" };

/** By folder, for those that come with xferc; studies/data/README.md has more of each. */
const BUNDLED: { readonly [folder: string]: Citation } = {
  "./data/fashion-mnist": {
    cite: "Fashion-MNIST: Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747",
    terms: "MIT, © 2017 Zalando SE",
  },
  "./data/digits": DIGITS,
  "./data/digits-few": DIGITS,
  "./data/brain": {
    cite: "ch2 template: Holmes et al. 1998, doi:10.1097/00004728-199803000-00032; AAL: Tzourio-Mazoyer et al. 2002, doi:10.1006/nimg.2001.0978",
    terms: "BSD 3-clause as part of MRIcron, © 2006–2010 Chris Rorden",
  },
};

/** Of files that are the study's own. */
export const OWN: Citation = {
  cite: "not known to xferc",
  terms: "whoever gave the files says on which",
};

/** @param declaredIn the study file that names it; `xfer:bundled` for those that come with xferc */
export function datasetCitation(adapter: string, declaredIn: string, path: string): Citation {
  const bundled = declaredIn === "xfer:bundled" ? BUNDLED[path] : undefined;
  return bundled ?? PUBLISHED[adapter] ?? OWN;
}

/** @param path as the study names it: a file, or `hf:OWNER/NAME` */
export function weightsCitation(path: string): Citation {
  const [, owner, name] = /^hf:([^/@]+)\/([^/@]+)/.exec(path) ?? [];
  if (owner === undefined || name === undefined) {
    return OWN;
  }
  const timm = owner === "timm" ? "timm: Wightman 2019, doi:10.5281/zenodo.4414861; " : "";
  return { cite: `${timm}${owner}/${name} on the Hugging Face hub`, terms: "as its model card says" };
}
