autocmd BufRead,BufNewFile *.xfer setfiletype xfer
