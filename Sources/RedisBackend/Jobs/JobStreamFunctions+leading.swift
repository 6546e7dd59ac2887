extension JobStreamFunctions {
    /// `lead` and `resign`.
    static let leading = """
        -- Whether the stream is not the one that the mark and the ends tell of: it never vanishes by itself, and has had at
        -- least the entries that have ended.
        local function is_lost(stream, kind, ends, mark)
            if kind == 'none' then return redis.call('EXISTS', mark) == 1 end
            local ended = 0
            for _, count in ipairs(redis.call('HVALS', ends)) do ended = ended + tonumber(count) end
            return named(redis.call('XINFO', 'STREAM', stream))['entries-added'] < ended
        end

        -- KEYS stream, epoch, leader, mark, clock, ends, crashes, cut; ARGV holder, lease in ms, most entries of the stream.
        -- Returns {} while another leads, else {epoch, server time, mark}.
        local function lead(keys, args)
            local holder, lease, cap = args[1], tonumber(args[2]), tonumber(args[3])
            if not holder or holder == '' or not lease or lease <= 0 or not cap or cap <= 0 then
                return redis.error_reply('ERR lead needs a holder, a lease in milliseconds and a length')
            end
            local kind = redis.call('TYPE', keys[1]).ok
            if kind ~= 'none' and kind ~= 'stream' then
                return redis.error_reply('WRONGTYPE ' .. keys[1] .. ' holds a ' .. kind .. ' where a stream is expected')
            end
            local epoch = redis.call('GET', keys[2])
            local leader = redis.call('HMGET', keys[3], 'holder', 'until')
            -- Without their stream they account for nothing; the leader goes on as if Redis had been emptied.
            if is_lost(keys[1], kind, keys[6], keys[4]) then redis.call('DEL', keys[4], keys[6], keys[7], keys[8]) end
            -- From here on there is a stream, so that its absence tells something.
            if kind == 'none' then redis.call('XGROUP', 'CREATE', keys[1], GROUP, '0', 'MKSTREAM') end
            local mark = redis.call('HGETALL', keys[4])
            local now, wall, in_grace = read_clock(keys[5], 'lead', lease)
            if leader[1] and leader[1] ~= holder and (in_grace or now < (tonumber(leader[2] or '') or 0)) then
                return {}
            end
            -- In a Redis that was emptied it must not come back to an epoch that somebody may still believe in.
            if not epoch then redis.call('SET', keys[2], integer(wall)) end
            if leader[1] ~= holder or not epoch then epoch = redis.call('INCR', keys[2]) end
            redis.call('HSET', keys[3], 'holder', holder, 'until', integer(now + lease))
            -- A pusher that waits below its mark adds nothing, and so cuts nothing that other producers add.
            if kind == 'stream' then redis.call('XTRIM', keys[1], 'MAXLEN', '~', integer(cap), 'LIMIT', 0) end
            return {tonumber(epoch), wall, mark}
        end

        -- KEYS epoch, leader; ARGV holder, epoch.
        local function resign(keys, args)
            if redis.call('HGET', keys[2], 'holder') ~= args[1] or redis.call('GET', keys[1]) ~= args[2] then
                return 0
            end
            return redis.call('DEL', keys[2])
        end

        redis.register_function{function_name='@lead@', callback=lead, flags={'allow-oom'}}
        redis.register_function{function_name='@resign@', callback=resign, flags={'allow-oom'}}
        """
}
